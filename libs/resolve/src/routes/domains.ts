import type { MeshService } from '@malla/snapshot';

/** The names under which a client may call a service. Short ones only where they mean this service. */
export function domainsOf(service: MeshService, clientNamespace: string): readonly string[] {
  const { host, virtualAddress, secondaryAddress, aliases = [] } = service;
  const addresses = [virtualAddress, secondaryAddress].filter((address) => address !== undefined);
  return [
    ...(service.entry === undefined ? [host, ...aliases].flatMap((name) => namesOf(name, clientNamespace)) : [host]),
    ...addresses.map((address) => (address.includes(':') ? `[${address}]` : address)),
  ];
}

/** Whether clients of a namespace may call a service by a short name. */
export function hasShortName({ namespace, aliases = [], entry }: MeshService, clientNamespace: string): boolean {
  if (entry !== undefined) return false;
  return namespace === clientNamespace || aliases.some((alias) => alias.split('.')[1] === clientNamespace);
}

/** Names of a Service, `<name>.<namespace>.svc.<domain suffix>`, as its clients' DNS knows them. */
function namesOf(host: string, clientNamespace: string): readonly string[] {
  const [name = '', namespace = ''] = host.split('.');
  return [host, ...(namespace === clientNamespace ? [name] : []), `${name}.${namespace}`, `${name}.${namespace}.svc`];
}
