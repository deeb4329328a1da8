import {
  applyConfiguration,
  applyTypeOf,
  fieldSetOf,
  ListKeyError,
  readManagers,
  sameManagers,
  trackUpdate,
  writeManagers,
  type ApplyConflict,
  type ApplyType,
  type ManagerName,
  type Managers,
} from '@malla/apply';
import { appliedCopyAnnotation, errorAt, MallaError, openApiSchemas, problemCodes, type Resource } from '@malla/model';

/** Who writes, as `managedFields` name it. */
export interface FieldWriter {
  /** Such as `kubectl-client-side-apply`. */
  readonly manager: string;
  /** Version of the API that is written through. */
  readonly apiVersion: string;
  /** Such as `status`; left out for the object itself. */
  readonly subresource?: string;
}

export interface AppliedFields {
  /** Undefined for a creation. */
  readonly live: Resource | undefined;
  readonly applied: Resource;
  readonly by: FieldWriter;
  readonly force: boolean;
}

/** The manager of `kubectl apply`, in both of its ways: it takes over without a conflict what it applied in the other one. */
const kubectl = 'kubectl';

/** Keeps `metadata.managedFields` of objects: who set which field, and what an apply makes of that. */
export class FieldManagement {
  readonly #now: () => Date;
  readonly #types = new Map<string, ApplyType>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  /**
   * The object after a write that is no apply, with its managers. Managers that the caller sent are taken, `[{}]` gives up all that is
   * known, and none, or what does not read, keeps those of the stored object.
   */
  track(params: { before: Resource | undefined; after: Resource; sent: unknown; by: FieldWriter }): Resource {
    const { before, after, sent, by } = params;
    const managers = trackUpdate({
      type: this.#typeOf(after),
      before: before && withoutManagers(before),
      after: withoutManagers(after),
      managers: managersSent(sent) ?? managersOf(before),
      by: nameOf(by, 'Update'),
      time: this.#time(),
    });
    return withManagers(after, managers);
  }

  /** The object that an apply makes, with its managers. Throws `conflict` with a cause for each field of somebody else. */
  apply({ live, applied, by, force }: AppliedFields): Resource {
    const type = this.#typeOf(applied);
    const outcome = attempt(applied, () =>
      applyConfiguration({
        type,
        live: live && withoutManagers(live),
        applied: withoutManagers(applied),
        managers: managersOf(live),
        by: nameOf(by, 'Apply'),
        force,
        ...(by.manager === kubectl && live !== undefined ? { known: appliedCopySet(type, live) } : {}),
        time: this.#time(),
      }),
    );
    if ('conflicts' in outcome) throw conflictError(outcome.conflicts);
    const object = outcome.object as Resource;
    return withManagers(by.manager === kubectl ? withAppliedCopy(object, applied) : object, outcome.managers);
  }

  /** True if both objects have the same managers, whatever the times. */
  sameManagers(a: Resource, b: Resource): boolean {
    const [left, right] = [a.metadata.managedFields, b.metadata.managedFields];
    return left === right || sameManagers(managersOf(a), managersOf(b));
  }

  #typeOf({ apiVersion, kind }: Resource): ApplyType {
    const id = `${apiVersion}/${kind}`;
    if (this.#types.size === 0)
      for (const { definition, version, schema } of openApiSchemas()) {
        const groupVersion = definition.group === '' ? version : `${definition.group}/${version}`;
        this.#types.set(`${groupVersion}/${definition.kind}`, applyTypeOf(schema));
      }
    return this.#types.get(id) ?? applyTypeOf({});
  }

  #time(): string {
    return this.#now()
      .toISOString()
      .replace(/\.\d{3}Z$/, 'Z');
  }
}

/** The object without `metadata.managedFields`. */
export function withoutManagers(object: Resource): Resource {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function withManagers(object: Resource, managers: Managers): Resource {
  const { managedFields: _, ...metadata } = object.metadata;
  const entries = writeManagers(managers);
  return { ...object, metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: [...entries] } };
}

function managersOf(object: Resource | undefined): Managers {
  return readManagers(object?.metadata.managedFields) ?? new Map();
}

function managersSent(sent: unknown): Managers | undefined {
  if (!Array.isArray(sent) || sent.length === 0) return undefined;
  if (sent.length === 1 && typeof sent[0] === 'object' && Object.keys((sent[0] ?? {}) as object).length === 0)
    return new Map();
  const managers = readManagers(sent);
  return managers === undefined || managers.size === 0 ? undefined : managers;
}

function nameOf(
  { manager, apiVersion, subresource = '' }: FieldWriter,
  operation: ManagerName['operation'],
): ManagerName {
  return { manager, operation, apiVersion, subresource };
}

/** What `kubectl apply` without --server-side noted that it applied. */
function appliedCopySet(type: ApplyType, live: Resource) {
  try {
    return fieldSetOf(type, JSON.parse(live.metadata.annotations?.[appliedCopyAnnotation] ?? '{}'));
  } catch {
    return fieldSetOf(type, {});
  }
}

/** Keeps that note true, if there is one, so that one can go back to applying without --server-side. */
function withAppliedCopy(object: Resource, applied: Resource): Resource {
  const { annotations } = object.metadata;
  if (annotations?.[appliedCopyAnnotation] === undefined) return object;
  const copy = `${JSON.stringify(withoutManagers(applied))}\n`;
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...annotations, [appliedCopyAnnotation]: copy } },
  };
}

function attempt<T>(applied: Resource, run: () => T): T {
  try {
    return run();
  } catch (error) {
    // Nesting is bounded by admission, which sees only what comes out of the merge.
    if (error instanceof RangeError) throw new MallaError('invalid', 'the configuration is nested too deeply');
    if (!(error instanceof ListKeyError)) throw error;
    const path = error.path.replace(/^\./, '');
    const problem = errorAt(problemCodes.schema, path, error.message.slice(error.path.length + 2));
    throw new MallaError('invalid', `${applied.kind} "${applied.metadata.name}" is invalid: ${error.message}`, {
      details: { problems: [problem] },
    });
  }
}

/** In Kubernetes' words, which kubectl shows. */
function conflictError(conflicts: readonly ApplyConflict[]): MallaError {
  const byManager = Map.groupBy(conflicts, ({ manager }) => describeManager(manager));
  const parts = [...byManager].map(([manager, fields]) =>
    fields.length === 1
      ? `conflict with ${manager}: ${fields[0]?.field ?? ''}`
      : `conflicts with ${manager}:\n${fields.map(({ field }) => `- ${field}`).join('\n')}`,
  );
  const count = `${conflicts.length} ${conflicts.length === 1 ? 'conflict' : 'conflicts'}`;
  const causes = conflicts.map(({ manager, field }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${describeManager(manager)}`,
    field,
  }));
  return new MallaError('conflict', `Apply failed with ${count}: ${parts.join('\n')}`, { details: { causes } });
}

function describeManager({ manager, operation, subresource, apiVersion, time }: ApplyConflict['manager']): string {
  const through = subresource === '' ? '' : ` with subresource "${subresource}"`;
  if (operation === 'Apply') return `"${manager}"${through}`;
  return `"${manager}"${through} using ${apiVersion}${time === undefined ? '' : ` at ${time}`}`;
}
