import type { JsonObject } from '@bufbuild/protobuf';
import type { Origin } from '@malla/ir';

/** API groups of kinds that appear as origins. */
const groups: Readonly<Record<string, string>> = {
  Gateway: 'networking.istio.io/v1',
  VirtualService: 'networking.istio.io/v1',
  DestinationRule: 'networking.istio.io/v1',
  PeerAuthentication: 'security.istio.io/v1',
  AuthorizationPolicy: 'security.istio.io/v1',
};

/**
 * The path under which Istio's tools look for the resource behind a piece of configuration:
 * `/apis/networking.istio.io/v1/namespaces/default/virtual-service/reviews`.
 */
export function originPath({ kind, namespace, name }: Origin): string {
  const group = groups[kind];
  if (group === undefined) throw new Error(`no API group is known of origin kind ${kind}`);
  const kebab = kind.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  return `/apis/${group}/namespaces/${namespace}/${kebab}/${name}`;
}

/** Envoy metadata under Istio's key. */
export function istioMetadata(fields: JsonObject): { filterMetadata: Record<string, JsonObject> } {
  return { filterMetadata: { istio: fields } };
}

/** `config` of Istio's metadata, when an origin is known. */
export function originFields(origin: Origin | undefined): JsonObject {
  return origin ? { config: originPath(origin) } : {};
}
