import { findKind, groupOf, MallaError } from '@malla/model';
import { Counter, type Registry } from 'prom-client';

/** Objects that were examined, under Istio's names. Source: https://istio.io/latest/docs/reference/commands/pilot-discovery/#metrics */
export class ValidationMetrics {
  readonly #passed: Counter<'group' | 'version' | 'resource'>;
  readonly #failed: Counter<'group' | 'version' | 'resource' | 'reason'>;

  constructor(registry: Registry) {
    const registers = [registry];
    const labelNames = ['group', 'version', 'resource'] as const;
    this.#passed = new Counter({
      name: 'galley_validation_passed',
      help: 'Objects that validation let through.',
      labelNames,
      registers,
    });
    this.#failed = new Counter({
      name: 'galley_validation_failed',
      help: 'Objects that validation refused.',
      labelNames: [...labelNames, 'reason'],
      registers,
    });
  }

  /** Counts what becomes of an object, whose kind it may not even tell. */
  count<R>(object: unknown, examine: () => R): R {
    try {
      const result = examine();
      this.#passed.inc(labelsOf(object));
      return result;
    } catch (error) {
      this.#failed.inc({ ...labelsOf(object), reason: MallaError.from(error).code });
      throw error;
    }
  }
}

/** Of kinds that are known; whoever sends others must not make labels. */
function labelsOf(object: unknown): { group: string; version: string; resource: string } {
  const { apiVersion, kind } = (object ?? {}) as { apiVersion?: unknown; kind?: unknown };
  const given = typeof apiVersion === 'string' ? apiVersion : '';
  const group = groupOf(given);
  const version = given.slice(given.indexOf('/') + 1);
  const known = typeof kind === 'string' ? findKind(group, kind) : undefined;
  if (known === undefined || !known.versions.includes(version))
    return { group: 'unknown', version: 'unknown', resource: 'unknown' };
  return { group, version, resource: known.plural };
}
