import { isDeepStrictEqual } from 'node:util';
import {
  checkObject,
  describeProblem,
  findKind,
  groupOf,
  hasErrors,
  problemCodes,
  type KnownResource,
  type Problem,
} from '@malla/model';
import { validateObject } from '@malla/validate';
import type { DescribedCase, DescribedObservation } from './case-schema.ts';
import { Decisions } from '../decisions/decisions.ts';
import { differences } from './compare.ts';
import { fillPlaceholders } from './placeholders.ts';
import type { World } from './world.ts';

/** Runs a case and gives every way in which it went otherwise than described; empty when it did not. */
export async function runCase(described: DescribedCase, world: World): Promise<readonly string[]> {
  const resources = described.resources.map((resource) => completed(fillPlaceholders(resource, world.placeholders)));
  const refused = resources.flatMap((resource) =>
    hasErrors(validateObject(resource)) ? validateObject(resource) : [],
  );
  if (refused.length > 0)
    return refused.map((problem) => `a resource of the case is refused: ${describeProblem(problem)}`);
  if (described.requests.length === 0 && described.observe.length === 0) return [];
  const known = resources as unknown as KnownResource[];
  const decisions = new Decisions(known, described.policyTelemetry === 'away');
  await world.prepare(known, described.applications as never, decisions);
  const found: string[] = [];
  for (const [index, request] of described.requests.entries()) {
    const filled = fillPlaceholders(request, world.placeholders);
    const observed = await world.send(filled);
    found.push(
      ...differences(filled.expect, observed).map(
        (text) => `request ${index + 1} (${filled.from} -> ${filled.to} ${filled.method} ${filled.path}): ${text}`,
      ),
    );
  }
  found.push(...(await denialDifferences(described, world)));
  for (const observation of described.observe) {
    found.push(...(await observationDifferences(fillPlaceholders(observation, world.placeholders), world)));
  }
  return found;
}

/** Proxies tell in their access logs, which come late, which policy denied: compared once for the whole case. */
async function denialDifferences({ requests }: DescribedCase, world: World): Promise<readonly string[]> {
  const expected = requests.flatMap(({ expect, times }) =>
    Array.from({ length: times }, () => expect.deniedBy ?? []).flat(),
  );
  if (world.denials === undefined || expected.length === 0) return [];
  const denied = await world.denials(expected.length);
  return isDeepStrictEqual(expected, denied)
    ? []
    : [`denied by: expected ${expected.join(', ')}, got ${denied.join(', ')}`];
}

async function observationDifferences(observation: DescribedObservation, world: World): Promise<string[]> {
  const observed = await world.observe(observation);
  return Object.entries(observed).flatMap(([path, got]) => {
    const wanted = path in observation.envoy ? observation.envoy[path] : observation.ir[path];
    const equal = wanted === null ? got === undefined || got === null : isDeepStrictEqual(wanted, got);
    return equal
      ? []
      : [
          `${observation.kind} ${observation.name}, ${path}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`,
        ];
  });
}

/** A resource as a client would store it: in the default namespace when it names none. */
function completed(resource: Record<string, unknown>): Record<string, unknown> {
  const metadata = resource['metadata'] as Record<string, unknown>;
  const kind = findKind(groupOf(String(resource['apiVersion'])), String(resource['kind']));
  return kind?.namespaced === false ? resource : { ...resource, metadata: { namespace: 'default', ...metadata } };
}

/** Checks the refusals of a case: each bad value must be refused, and the problem must name its field. */
export function checkRefusals(described: DescribedCase, world: Pick<World, 'placeholders'>): readonly string[] {
  return described.refused.flatMap(({ resource: index, set, value, at = set, unknown }) => {
    const target = described.resources[index];
    if (target === undefined) return ['nothing to put a refused value into'];
    const resource = withValue(completed(fillPlaceholders(target, world.placeholders)), set, value);
    const problems = checkObject(resource).length > 0 ? checkObject(resource) : validateObject(resource);
    const errors = problems.filter((problem) => problem.level === 'error');
    if (errors.length === 0) return [`${set} = ${JSON.stringify(value)} is not refused`];
    const isMeant = (problem: Problem) =>
      problem.path.startsWith(at) && (problem.code === problemCodes.unknownField) === unknown;
    return errors.some(isMeant) ? [] : [`${set}: refused, but at ${errors.map(describeProblem).join('; ')}`];
  });
}

/** A copy of plain data with a value put at a path such as `spec.http[0].timeout`. */
export function withValue(root: Record<string, unknown>, path: string, value: unknown): Record<string, unknown> {
  const copy = structuredClone(root);
  const keys = path.split(/[.[\]]+/).filter((key) => key !== '');
  let at: Record<string, unknown> = copy;
  for (const key of keys.slice(0, -1)) {
    at[key] ??= {};
    at = at[key] as Record<string, unknown>;
  }
  at[keys.at(-1) as string] = value;
  return copy;
}
