import type { VirtualService } from '@malla/model';
import { meshGateway, type ProxyView } from '@malla/snapshot';
import type { MatchClient } from '../routes/match.ts';

/** The client as far as some match asks for it: scopes that no match tells apart share the slice. */
export function clientOf(
  virtualServices: readonly VirtualService[],
  view: ProxyView,
  gateway: string = meshGateway,
): MatchClient {
  const matches = virtualServices.flatMap(({ spec }) => (spec?.http ?? []).flatMap((rule) => rule.match ?? []));
  const keys = new Set(matches.flatMap((match) => Object.keys(match.sourceLabels ?? {})));
  const asksNamespace = matches.some((match) => match.sourceNamespace !== undefined);
  const labels = Object.entries(view.scope.labels).filter(([key]) => keys.has(key));
  return { gateway, namespace: asksNamespace ? view.scope.namespace : '', labels: Object.fromEntries(labels) };
}

/** Text that is equal for clients that no match tells apart. */
export function clientText({ gateway, namespace, labels }: MatchClient): string {
  return JSON.stringify([gateway, namespace, Object.entries(labels)]);
}
