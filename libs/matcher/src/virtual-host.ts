import type { VirtualHostIr } from '@malla/ir';
import { HostTable } from './host-table.ts';

/** The Host header without its port. IPv6 literals keep their brackets. */
export function stripPort(authority: string): string {
  const colon = authority.lastIndexOf(':');
  if (colon < 0 || colon === authority.length - 1) return authority;
  for (let i = colon + 1; i < authority.length; i++) {
    const code = authority.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return authority;
  }
  const host = authority.slice(0, colon);
  // Another colon belongs to an IPv6 literal, and then only brackets tell where it ends.
  const literal = host.startsWith('[') && host.endsWith(']');
  return literal || !host.includes(':') ? host : authority;
}

const tables = new WeakMap<readonly VirtualHostIr[], Map<boolean, HostTable<VirtualHostIr>>>();

/** The virtual host that serves an authority, see {@link HostTable}. Tables are kept as long as the list. */
export function findVirtualHost(
  virtualHosts: readonly VirtualHostIr[],
  authority: string,
  matchPorts = false,
): VirtualHostIr | undefined {
  const known = tables.get(virtualHosts) ?? new Map<boolean, HostTable<VirtualHostIr>>();
  tables.set(virtualHosts, known);
  const table = known.get(matchPorts) ?? hostTable(virtualHosts, matchPorts);
  known.set(matchPorts, table);
  return table.find(authority);
}

/** A table of virtual hosts. */
export function hostTable<T extends VirtualHostIr>(virtualHosts: readonly T[], matchPorts: boolean): HostTable<T> {
  return new HostTable(
    virtualHosts.map((value) => ({ domains: value.domains, value })),
    matchPorts,
  );
}
