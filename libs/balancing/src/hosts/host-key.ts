import type { Address } from '@malla/proxy-config';

/** Name of a host in its cluster, and what consistent hashing hashes: `10.0.0.7:9080`, `[fd00::7]:9080`, or the path of a socket. */
export function hostKey(address: Address): string {
  if (address.kind === 'pipe') return address.path;
  if (!address.address.includes(':')) return `${address.address}:${address.port}`;
  return `${canonicalIpv6(address.address)}:${address.port}`;
}

/** With brackets and in the one short form, so that hashes agree with Envoy's however the address was written. */
function canonicalIpv6(address: string): string {
  const url = `http://[${address}]`;
  return URL.canParse(url) ? new URL(url).hostname : `[${address}]`;
}
