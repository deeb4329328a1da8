import type { KindDefinition } from '@malla/model';
import { readTargets } from '../connection/resource-paths.ts';
import { UsageError } from '../failure.ts';

/** One resource by `KIND NAME` or `KIND/NAME`. */
export interface OneTarget {
  readonly definition: KindDefinition;
  readonly name: string;
}

/** Reads exactly one resource from the command line. */
export function oneTarget(args: readonly string[]): OneTarget {
  const { names } = readTargets(args);
  const [target, ...others] = names;
  if (target === undefined || others.length > 0) throw new UsageError('name one resource: KIND NAME or KIND/NAME');
  return target;
}

/** How the endpoints of malla.io name a resource. */
export function namedBy({ definition, name }: OneTarget, namespace: string): Record<string, string> {
  const resource = definition.group === '' ? definition.plural : `${definition.plural}.${definition.group}`;
  return { resource, name, ...(definition.namespaced ? { namespace } : {}) };
}
