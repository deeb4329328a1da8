import { findKind, groupOf, MallaError, type Resource } from '@malla/model';
import { keyOf, type ResourceKey, type ResourceStore, type StoredResource } from '@malla/store';
import type { EscalationCheck } from '../access/escalation-check.ts';
import type { Admission, AdmitOptions } from './admission.ts';
import type { WriteGate } from '../cluster/refuse-writes.ts';
import { Commits, untilUncontested, type WriteContext } from './commits.ts';
import { isObject } from '../rest/merge-patch.ts';
import { FieldManagement, withoutManagers, type FieldWriter } from './field-management.ts';
import { withGeneratedName } from './generate-name.ts';
import { isTerminating } from './namespaces.ts';
import { ResourceDeletes, type DeleteParams, type DeleteResult } from './resource-deletes.ts';
import type { ResourceReads } from './resource-reads.ts';
import { isSame, stampNew, stampNext, type StampParams } from './stamp.ts';
import { checkExpected, refuseForbiddenChanges, refuseRenaming } from './write-rules.ts';

export interface WriteResult {
  readonly object: Resource;
  readonly warnings: readonly string[];
  /** False when the object was already as wanted: no revision was made. */
  readonly changed: boolean;
  /** True if the write made the object. */
  readonly created?: boolean;
}

export interface ResourceWritesParams {
  readonly store: ResourceStore;
  readonly reads: ResourceReads;
  readonly admission: Admission;
  readonly stamp: StampParams;
  readonly escalation: EscalationCheck;
  /** Asked before every write. */
  readonly gate: WriteGate;
  /** Told of what is doubtful about an object that was written all the same. */
  readonly onWarnings?: (object: Resource, warnings: readonly string[]) => void;
}

/** A part of an object that is written for itself. */
export type Subresource = 'status';

export interface ApplyParams {
  readonly key: ResourceKey;
  /** Only the fields that the applier cares for, with apiVersion, kind and name. */
  readonly applied: Resource;
  /** Takes fields of others over. */
  readonly force: boolean;
  readonly subresource?: Subresource | undefined;
}

interface UpdateParams {
  readonly key: ResourceKey;
  readonly context: WriteContext;
  readonly subresource?: Subresource | undefined;
  /** What the object becomes, from its newest state. */
  readonly next: (current: Resource) => Next;
}

interface Next {
  /** Checked, with the version that the caller expects in its metadata. */
  readonly object: Resource;
  /** `managedFields` as the caller sent them. */
  readonly sentManagers?: unknown;
  /** The object has its managers already. */
  readonly managed?: boolean;
  readonly warnings: readonly string[];
}

/** The verbs of writing, for REST and gRPC alike. */
export class ResourceWrites {
  readonly #admission: Admission;
  readonly #stamp: StampParams;
  readonly #commits: Commits;
  readonly #fields: FieldManagement;
  readonly #deletes: ResourceDeletes;
  readonly #escalation: EscalationCheck;
  readonly #gate: WriteGate;
  readonly #onWarnings: ResourceWritesParams['onWarnings'];

  constructor({ store, reads, admission, stamp, escalation, gate, onWarnings }: ResourceWritesParams) {
    this.#gate = gate;
    this.#onWarnings = onWarnings;
    this.#escalation = escalation;
    this.#admission = admission;
    this.#stamp = stamp;
    this.#commits = new Commits(store, reads);
    this.#fields = new FieldManagement(stamp.now);
    this.#deletes = new ResourceDeletes(this.#commits, stamp.now);
  }

  async create(sent: unknown, context: WriteContext, namespace?: string): Promise<WriteResult> {
    const named = withGeneratedName(sent);
    this.#gate(keySent(named, namespace) ?? noKey, context);
    const { object, warnings } = this.#admission.admit(named, admitOptions(context, { namespace }));
    if (object.metadata.resourceVersion !== undefined)
      throw new MallaError('invalid', 'resourceVersion must not be set on objects to be created');
    this.#checkRights(object, undefined, context);
    const after = stampNew(object, this.#stamp);
    const created = this.#fields.track({
      before: undefined,
      after,
      sent: sentManagers(named),
      by: writer(after, context),
    });
    return this.#written(
      { object: await this.#commits.create(created, context), warnings, changed: true, created: true },
      context,
    );
  }

  /** `metadata.resourceVersion`, when sent, must be the stored one. */
  replace(sent: unknown, context: WriteContext, namespace?: string): Promise<WriteResult> {
    const key =
      keySent(sent, namespace) ?? keyOf(this.#admission.admit(sent, admitOptions(context, { namespace })).object);
    const next = (old: Resource): Next => {
      const { object, warnings } = this.#admission.admit(sent, admitOptions(context, { namespace, old }));
      refuseRenaming(keyOf(object), key);
      return { object, sentManagers: sentManagers(sent), warnings };
    };
    return this.#update({ key, context, next });
  }

  /** Replaces the status alone. */
  replaceStatus(key: ResourceKey, sent: Resource, context: WriteContext): Promise<WriteResult> {
    const next = (current: Resource): Next => this.#nextStatus(current, sent);
    return this.#update({ key, context, next, subresource: 'status' });
  }

  /** Reads, changes and writes one object; tried again when others come in between, unless the change names a resourceVersion. */
  async patch(
    key: ResourceKey,
    context: WriteContext,
    change: (current: Resource) => unknown,
    subresource?: Subresource,
  ): Promise<WriteResult> {
    const next = (current: Resource): Next => {
      const changed = change(current) as Resource;
      if (subresource === 'status') return this.#nextStatus(current, changed);
      const { object, warnings } = this.#admission.admit(changed, admitOptions(context, { old: current }));
      refuseRenaming(keyOf(object), key);
      return { object: keepVersion(object, current), sentManagers: sentManagers(changed), warnings };
    };
    return this.#update({ key, context, next, ...(subresource === undefined ? {} : { subresource }) });
  }

  /** Server-side apply: makes the object, or merges what is applied into it. `conflict` with causes for fields of others. */
  apply({ key, applied, force, subresource }: ApplyParams, context: WriteContext): Promise<WriteResult> {
    return untilUncontested(
      async () => {
        this.#gate(key, context);
        const live = await this.#commits.current(key);
        if (live !== undefined) return this.#applyTo({ key, applied, force, subresource }, context);
        if (subresource !== undefined || applied.metadata.uid !== undefined) await this.#commits.mustHave(key);
        const merged = this.#fields.apply({ live: undefined, applied, by: writer(applied, context), force });
        const { object, warnings } = this.#admission.admit(merged, admitOptions(context));
        this.#checkRights(object, undefined, context);
        const created = withManagersOf(stampNew(object, this.#stamp), merged);
        const stored = await this.#commits.create(created, context);
        return this.#written({ object: stored, warnings, changed: true, created: true }, context);
      },
      ({ code }) => code === 'already_exists',
    );
  }

  /** Creates the object, or replaces its payload, labels and annotations. */
  upsert(sent: unknown, context: WriteContext): Promise<WriteResult> {
    const { object } = this.#admission.admit(sent, admitOptions(context));
    return untilUncontested(
      async () =>
        (await this.#commits.current(keyOf(object))) === undefined
          ? this.create(sent, context)
          : this.replace(sent, context),
      ({ code }, attempt) => code === 'already_exists' || (code === 'not_found' && attempt > 1),
    );
  }

  async delete(params: DeleteParams, context: WriteContext): Promise<DeleteResult> {
    this.#gate(params.key, context);
    return this.#deletes.delete(params, context);
  }

  /** See {@link ResourceDeletes.finishNamespace}. */
  finishNamespace(key: ResourceKey, context: WriteContext): Promise<boolean> {
    return this.#deletes.finishNamespace(key, context);
  }

  #applyTo({ key, applied, force, subresource }: ApplyParams, context: WriteContext): Promise<WriteResult> {
    const next = (current: Resource): Next => {
      const live = { ...current, apiVersion: applied.apiVersion };
      const merged = this.#fields.apply({ live, applied, by: writer(applied, context, subresource), force });
      // The applier's version counts, not the one that was merged from the stored object.
      const { resourceVersion: _, ...rest } = merged.metadata;
      const version = applied.metadata.resourceVersion;
      const metadata = { ...rest, ...(version === undefined ? {} : { resourceVersion: version }) };
      if (subresource === 'status') return { ...this.#nextStatus(current, { ...merged, metadata }), managed: true };
      const { object, warnings } = this.#admission.admit(
        { ...merged, metadata },
        admitOptions(context, { old: current }),
      );
      return { object: withManagersOf(object, merged), warnings, managed: true };
    };
    return this.#update({ key, context, next, subresource });
  }

  /** The status of what was sent, everything else as it is. */
  #nextStatus(current: Resource, sent: Resource): Next {
    if (!isObject(sent) || !isObject(sent.metadata))
      throw new MallaError('invalid', 'what is written as a status must be an object with metadata');
    const { status: _, ...rest } = current;
    const wanted = sent['status'] === undefined ? rest : { ...rest, status: sent['status'] };
    this.#admission.checkStatus(withoutManagers(wanted as Resource));
    const { resourceVersion, uid } = sent.metadata;
    const { resourceVersion: _version, ...metadata } = current.metadata;
    const named = {
      ...metadata,
      ...(sent.metadata.managedFields == null ? {} : { managedFields: sent.metadata.managedFields }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(uid === undefined ? {} : { uid }),
    };
    return {
      object: keepVersion({ ...wanted, metadata: named } as Resource, current),
      sentManagers: undefined,
      warnings: [],
    };
  }

  async #update({ key, context, next, subresource }: UpdateParams): Promise<WriteResult> {
    this.#gate(key, context);
    let conditional = false;
    return untilUncontested(
      async () => {
        conditional = false;
        const current = await this.#commits.mustHave(key);
        const wanted = next(current.object);
        conditional = checkExpected(wanted.object, current);
        const object = this.#successor({ wanted, current, context, subresource });
        refuseForbiddenChanges(object, current.object);
        this.#checkRights(object, current.object, context);
        const { warnings } = wanted;
        const finished = isTerminating(object) && (object.metadata.finalizers ?? []).length === 0;
        if (!finished && isSame(object, current.object) && this.#fields.sameManagers(object, current.object))
          return { object: current.object, warnings, changed: false };
        const expectedRevision = current.revision;
        const change = await this.#commits.one(
          finished ? { type: 'delete', key, expectedRevision } : { type: 'replace', object, expectedRevision },
          context,
        );
        return this.#written({ object: change.object, warnings, changed: true }, context);
      },
      ({ code, details }) => code === 'conflict' && !conditional && !hasCauses(details),
    );
  }

  #written(result: WriteResult, { dryRun }: WriteContext): WriteResult {
    if (!dryRun && result.warnings.length > 0) this.#onWarnings?.(result.object, result.warnings);
    return result;
  }

  /** Nobody gives away rights that they do not have; what the service writes by itself is not asked about. */
  #checkRights(object: Resource, current: Resource | undefined, { caller }: WriteContext): void {
    if (caller !== undefined) this.#escalation.check(caller, object, current);
  }

  /** What is stored: with the server's metadata, the status that this write may not touch, and its managers. */
  #successor(params: {
    wanted: Next;
    current: StoredResource;
    context: WriteContext;
    subresource: Subresource | undefined;
  }): Resource {
    const { wanted, current, context, subresource } = params;
    const status = current.object['status'];
    const whole = subresource === 'status' || status === undefined ? wanted.object : { ...wanted.object, status };
    const after = stampNext(whole, current.object);
    if (wanted.managed === true) return after;
    const by = writer(wanted.object, context, subresource);
    return this.#fields.track({ before: current.object, after, sent: wanted.sentManagers, by });
  }
}

function admitOptions(
  { fieldValidation = 'Strict' }: WriteContext,
  { namespace, old }: { namespace?: string | undefined; old?: Resource } = {},
): AdmitOptions {
  const rest = { ...(namespace === undefined ? {} : { namespace }), ...(old === undefined ? {} : { old }) };
  return { fieldValidation, ...rest };
}

/** Of what says neither kind nor name: it is refused for that. */
const noKey: ResourceKey = { group: '', kind: '', namespace: '', name: '' };

/** The key of what was sent, unchecked; undefined if it has none. */
function keySent(sent: unknown, namespace: string | undefined): ResourceKey | undefined {
  const { apiVersion, kind, metadata } = (sent ?? {}) as Partial<Resource>;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof metadata?.name !== 'string')
    return undefined;
  const definition = findKind(groupOf(apiVersion), kind);
  if (definition === undefined) return undefined;
  const within = definition.namespaced ? (metadata.namespace ?? namespace ?? 'default') : '';
  return { group: definition.group, kind, namespace: within, name: metadata.name };
}

function writer({ apiVersion }: Resource, { fieldManager }: WriteContext, subresource?: Subresource): FieldWriter {
  return { manager: fieldManager, apiVersion, ...(subresource === undefined ? {} : { subresource }) };
}

/** `managedFields` as they were sent; nothing is known of the form of what was sent. */
function sentManagers(sent: unknown): unknown {
  return (sent as { metadata?: { managedFields?: unknown } } | null)?.metadata?.managedFields;
}

function withManagersOf(object: Resource, from: Resource): Resource {
  const { managedFields } = from.metadata;
  return managedFields === undefined ? object : { ...object, metadata: { ...object.metadata, managedFields } };
}

/** A patch that does not mention resourceVersion must not become conditional by copying the current one. */
function keepVersion(patched: Resource, current: Resource): Resource {
  if (patched.metadata.resourceVersion !== current.metadata.resourceVersion) return patched;
  const { resourceVersion: _, ...metadata } = patched.metadata;
  return { ...patched, metadata };
}

/** Conflicts with other managers do not go away by trying again. */
function hasCauses(details: unknown): boolean {
  return (details as { causes?: unknown } | undefined)?.causes !== undefined;
}
