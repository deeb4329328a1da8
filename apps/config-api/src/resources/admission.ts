import { describeCut, enforce } from '@malla/enforcement';
import {
  checkObject,
  describeProblem,
  hasErrors,
  kinds,
  MallaError,
  normalize,
  type KnownResource,
  type Problem,
  type Resource,
} from '@malla/model';
import type { ResourceMirror } from '@malla/store';
import { validate, validateReferences, type HostIndex, type ResourceReader } from '@malla/validate';
import type { FieldValidation } from './commits.ts';
import { dropUnknownFields } from './unknown-fields.ts';

/** An object that may be written. */
export interface Admitted {
  readonly object: Resource;
  /** For the caller, one line each. */
  readonly warnings: readonly string[];
}

export interface AdmitOptions {
  /** Of namespaced objects that name none. */
  readonly namespace?: string;
  /** The stored object, when this is an update: some rules compare with it. */
  readonly old?: Resource;
  readonly fieldValidation?: FieldValidation;
}

export interface AdmissionParams {
  readonly mirror: ResourceMirror;
  /** Follows the mirror. */
  readonly hosts: HostIndex;
  /** DNS suffix of the mesh. */
  readonly domainSuffix: string;
}

/** Decides whether an object from outside may be stored, and in which form. */
export class Admission {
  readonly #params: AdmissionParams;
  readonly #reader: ResourceReader;

  constructor(params: AdmissionParams) {
    this.#params = params;
    const groups = new Map(kinds.map(({ kind, group }) => [kind, group]));
    this.#reader = {
      list: (kind) => params.mirror.objects(groups.get(kind) ?? '', kind) as Iterable<never>,
      naming: (kind, host) => params.hosts.naming(kind, host),
    };
  }

  /**
   * Schema, normal form, meaning, and references to other objects, in this order. Throws `invalid` with all problems; what
   * is merely doubtful, or not enforced yet, becomes a warning.
   */
  admit(sent: unknown, { namespace, old, fieldValidation = 'Strict' }: AdmitOptions = {}): Admitted {
    const { object, dropped } = fieldValidation === 'Strict' ? { object: sent, dropped: [] } : dropUnknownFields(sent);
    refuse(object, checkObject(object, old === undefined ? {} : { old }));
    const { resource, problems } = normalize(object as Resource, namespace === undefined ? {} : { namespace });
    refuse(object, problems);
    const found = [
      ...validate(resource as KnownResource),
      ...validateReferences(resource as KnownResource, this.#reader, { domainSuffix: this.#params.domainSuffix }),
    ];
    refuse(object, found);
    const warnings = [...found, ...enforce(resource).cuts.map(describeCut)];
    const unknown = fieldValidation === 'Warn' ? dropped.map(({ path }) => `unknown field "${path}"`) : [];
    return { object: resource, warnings: [...unknown, ...warnings.map(describeProblem)] };
  }

  /** Checks an object whose status a controller has written; the rest of it was checked when it was written. */
  checkStatus(object: Resource): void {
    const problems = checkObject(object, { status: true }).filter(
      ({ path }) => path === 'status' || /^status[.[]/.test(path),
    );
    refuse(object, problems);
  }
}

function refuse(object: unknown, problems: readonly Problem[]): void {
  if (!hasErrors(problems)) return;
  const errors = problems.filter(({ level }) => level === 'error');
  const { kind, metadata } = (object ?? {}) as { kind?: unknown; metadata?: { name?: unknown } };
  const subject =
    typeof kind === 'string'
      ? `${kind} ${JSON.stringify(String(metadata?.name ?? ''))} is invalid`
      : 'the object is invalid';
  throw new MallaError('invalid', `${subject}: ${errors.map(describeProblem).join('; ')}`, {
    details: { problems: errors },
  });
}
