import type { VirtualService } from '@malla/model';
import { meshGateway } from './gateways.ts';

/** The resource if it is for sidecars at all: `gateways` is left out or names `mesh`. */
export function meshVirtualService(resource: VirtualService | undefined): VirtualService | undefined {
  const gateways = resource?.spec?.gateways ?? [];
  return gateways.length === 0 || gateways.includes(meshGateway) ? resource : undefined;
}

/** The label keys that its matches ask of the client, each once. */
export function sourceLabelKeysOf(resource: VirtualService | undefined): ReadonlySet<string> {
  const matches = (resource?.spec?.http ?? []).flatMap((route) => route.match ?? []);
  return new Set(matches.flatMap((match) => Object.keys(match.sourceLabels ?? {})));
}
