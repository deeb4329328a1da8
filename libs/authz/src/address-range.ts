import ipaddr from 'ipaddr.js';
import type { CidrRange } from '@malla/proxy-config';

/** Compiles a range of addresses. An IPv4 address inside IPv6 counts as IPv4, as with dual-stack sockets. A broken range throws a TypeError. */
export function compileAddressRange({ address, bits }: CidrRange): (text: string) => boolean {
  if (!ipaddr.isValid(address)) throw new TypeError(`not an IP address: ${address}`);
  const range = ipaddr.process(address);
  return (text) => {
    if (!ipaddr.isValid(text)) return false;
    const candidate = ipaddr.process(text);
    // The kinds must be equal for match(), and addresses of different kinds never match.
    return candidate.kind() === range.kind() && candidate.match([range, bits] as never);
  };
}
