import type { DirectResponseIr, ForwardIr, HashPolicyIr, RouteMatchIr, WeightedDestinationIr } from '@malla/ir';
import { parseDuration, type HttpRoute } from '@malla/model';
import type { DefaultRetry } from '@malla/snapshot';
import { findDestination, type DestinationTable } from './destination-ref.ts';
import { resolveHeaders } from './headers.ts';
import { resolveMirrors } from './mirror.ts';
import { resolveRetry } from './retry.ts';
import { resolveRewrite } from './rewrite.ts';

/** What a forwarding rule needs besides itself. */
export interface ForwardContext {
  readonly table: DestinationTable;
  readonly path: RouteMatchIr['path'];
  readonly defaultRetry: DefaultRetry;
  /** From `headers.request.set.host` of the route. */
  readonly hostRewrite: string | undefined;
}

type Choice = NonNullable<HttpRoute['route']>[number];

/** Forwarding to one or several weighted destinations. Weights that are all 0 leave nowhere to go: 503, as for any missing destination. */
export function resolveForward(route: HttpRoute, context: ForwardContext): ForwardIr | DirectResponseIr {
  const { table } = context;
  const choices = withWeight(route.route ?? []);
  if (choices.length === 0) {
    table.report({
      code: 'no_weight',
      message: 'no destination of the route has a weight above 0',
      origin: table.origin,
    });
    return { kind: 'direct-response', status: 503, body: '' };
  }
  const hash: HashPolicyIr[] = [];
  const destinations = choices.map((choice): WeightedDestinationIr => {
    const found = findDestination(choice.destination, table);
    hash.push(...found.hash);
    const { edits, hostRewrite } = resolveHeaders(choice.headers);
    return {
      cluster: found.cluster,
      weight: choice.weight ?? 0,
      headers: edits,
      ...(hostRewrite === undefined ? {} : { hostRewrite }),
    };
  });
  const rewrite = resolveRewrite(route.rewrite, context.path);
  const hostRewrite = nonEmpty(route.rewrite?.authority) ?? context.hostRewrite;
  const retry = resolveRetry(route.retries, context.defaultRetry, destinations.length === 1 && hash.length > 0);
  return {
    kind: 'forward',
    destinations: hostRewrite === undefined ? destinations : single(destinations),
    timeoutMs: (route.timeout === undefined ? undefined : parseDuration(route.timeout)) ?? 0,
    ...(retry === undefined ? {} : { retry }),
    ...(rewrite === undefined ? {} : { rewrite }),
    ...(hostRewrite === undefined ? {} : { hostRewrite }),
    mirrors: resolveMirrors(route, table),
    hash,
  };
}

/** Those that can be chosen: a single one always, of several those with a weight. */
function withWeight(written: readonly Choice[]): Choice[] {
  if (written.length === 1) return written.map((choice) => ({ ...choice, weight: 1 }));
  return written.filter((choice) => (choice.weight ?? 0) > 0);
}

/** A Host header of the route wins over that of a single destination; of several, each keeps its own. */
function single(destinations: readonly WeightedDestinationIr[]): readonly WeightedDestinationIr[] {
  if (destinations.length > 1) return destinations;
  return destinations.map(({ cluster, weight, headers }) => ({ cluster, weight, headers }));
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
