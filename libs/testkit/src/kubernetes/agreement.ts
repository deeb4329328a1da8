import { checkObject, describeProblem, type KindDefinition, type Resource } from '@malla/model';
import type { KubeAnswer, KubeApi } from './kube-api.ts';

/** In what the validator and the API server may differ, and why that is right. */
export interface Deliberate {
  /** Matches {@link Disagreement.text}. */
  readonly text: RegExp;
  readonly reason: string;
}

/** An object that one accepts and the other refuses. */
export interface Disagreement {
  /** `HTTPRoute: spec.rules.0 is null: accepted by Kubernetes only, ...`. */
  readonly text: string;
}

/** Where objects of a kind are written, as if only: nothing is stored, and unknown fields are refused. */
export function dryRunPath(definition: KindDefinition, { apiVersion }: Resource): string {
  const place = definition.namespaced ? `/namespaces/default/${definition.plural}` : `/${definition.plural}`;
  return `/apis/${apiVersion}${place}?dryRun=All&fieldValidation=Strict`;
}

/** Why the two say different things of an object; undefined when they agree. Rejects when the server says neither yes nor no. */
export async function disagreement(
  api: KubeApi,
  definition: KindDefinition,
  { what, object }: { readonly what: string; readonly object: Resource },
): Promise<Disagreement | undefined> {
  const problems = checkObject(object);
  const answer = await api.send('POST', dryRunPath(definition, object), object);
  const accepted = answer.status === 201;
  if (!accepted && answer.status !== 422 && answer.status !== 400)
    throw new Error(`${definition.kind}: ${what}: the API server answers ${answer.status}: ${reasonOf(answer)}`);
  if (accepted === (problems.length === 0)) return undefined;
  const [first] = problems;
  const difference = accepted
    ? `accepted by Kubernetes only; ours: ${first === undefined ? '' : describeProblem(first)}`
    : `refused by Kubernetes only: ${reasonOf(answer)}`;
  return { text: `${definition.kind}: ${what}: ${difference}`.slice(0, 600) };
}

const reasonOf = ({ body }: KubeAnswer) => String(body['message'] ?? '');

/** Runs jobs, a few at a time. */
export async function eachOf<T>(items: Iterable<T>, width: number, run: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const worker = async () => {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) await run(next.value);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
