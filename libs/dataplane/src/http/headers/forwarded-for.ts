import { isIP } from 'node:net';

/**
 * The address that x-forwarded-for tells, `skip` addresses from its end; undefined when there are fewer or when it is none.
 * Source: Envoy's Utility::getLastAddressFromXFF.
 */
export function clientAddress(forwardedFor: string, skip: number): string | undefined {
  let end = forwardedFor.length;
  for (let i = 0; i < skip; i++) {
    end = forwardedFor.lastIndexOf(',', end - 1);
    if (end <= 0) return undefined;
  }
  const start = forwardedFor.lastIndexOf(',', end - 1) + 1;
  const address = forwardedFor.slice(start, end).trim();
  return isIP(address) === 0 ? undefined : address;
}

export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
