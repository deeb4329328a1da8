import type { MeshService } from '@malla/snapshot';

/** The names under which a client may call a service. Short ones only where they mean this service. */
export function domainsOf(service: MeshService, sameNamespace: boolean): readonly string[] {
  const { host, name, namespace, virtualAddress } = service;
  return [
    host,
    ...(sameNamespace ? [name] : []),
    `${name}.${namespace}`,
    `${name}.${namespace}.svc`,
    ...(virtualAddress === undefined ? [] : [virtualAddress.includes(':') ? `[${virtualAddress}]` : virtualAddress]),
  ];
}
