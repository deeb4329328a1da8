import { describeCut, enforce } from '@malla/enforcement';
import {
  checkObject,
  deprecationWarning,
  describeProblem,
  hasErrors,
  MallaError,
  normalize,
  type KnownResource,
  type Problem,
  type Resource,
} from '@malla/model';
import { validate } from '@malla/validate';
import type { AnalysisIndex } from './analysis-index.ts';
import { describeFinding } from './analysis-status.ts';
import type { FieldValidation } from './commits.ts';
import { dropUnknownFields } from './unknown-fields.ts';
import type { ValidationMetrics } from './validation-metrics.ts';

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

/** Decides whether an object from outside may be stored, and in which form. */
export class Admission {
  readonly #analysis: AnalysisIndex;
  readonly #metrics: ValidationMetrics | undefined;

  /**
   * @param analysis follows the mirror
   * @param metrics count what is examined; default: nobody does
   */
  constructor(analysis: AnalysisIndex, metrics?: ValidationMetrics) {
    this.#analysis = analysis;
    this.#metrics = metrics;
  }

  /**
   * Schema, normal form, meaning, and the place among other objects, in this order. Throws `invalid` with all problems; what is merely
   * doubtful, not enforced yet, or found by analysis becomes a warning: other objects may still come.
   */
  admit(sent: unknown, options: AdmitOptions = {}): Admitted {
    const { object, warnings } = this.examine(sent, options);
    const analysed = this.#analysis.findings(object).filter(({ level }) => level !== 'info');
    return { object, warnings: [...warnings, ...analysed.map(describeFinding)] };
  }

  /** The same without the place among other objects. */
  examine(sent: unknown, options: AdmitOptions = {}): Admitted {
    return this.#metrics === undefined
      ? examine(sent, options)
      : this.#metrics.count(sent, () => examine(sent, options));
  }

  /** Checks an object whose status a controller has written; the rest of it was checked when it was written. */
  checkStatus(object: Resource): void {
    const problems = checkObject(object, { status: true }).filter(
      ({ path }) => path === 'status' || /^status[.[]/.test(path),
    );
    refuse(object, problems);
  }
}

/** Schema, normal form, meaning. */
function examine(sent: unknown, { namespace, old, fieldValidation = 'Strict' }: AdmitOptions = {}): Admitted {
  const { object, dropped } = fieldValidation === 'Strict' ? { object: sent, dropped: [] } : dropUnknownFields(sent);
  refuse(object, checkObject(object, old === undefined ? {} : { old }));
  const { resource, problems } = normalize(object as Resource, namespace === undefined ? {} : { namespace });
  refuse(object, problems);
  const found = validate(resource as KnownResource);
  refuse(object, found);
  const warnings = [...found, ...enforce(resource).cuts.map(describeCut)];
  const deprecated = [deprecationWarning(resource.apiVersion, resource.kind) ?? []].flat();
  const unknown = fieldValidation === 'Warn' ? dropped.map(({ path }) => `unknown field "${path}"`) : [];
  return { object: resource, warnings: [...deprecated, ...unknown, ...warnings.map(describeProblem)] };
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
