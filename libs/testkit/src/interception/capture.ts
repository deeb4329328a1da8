import { captureRules, passthroughAddress, type IpFamily } from '@malla/inject';
import type { NetworkNamespace } from './network-namespace.ts';

const programs: Readonly<Record<IpFamily, string>> = { ipv4: 'iptables-restore', ipv6: 'ip6tables-restore' };

/** Sends a namespace's traffic through its proxy, by the product's rules for both families. */
export function capture(namespace: NetworkNamespace): void {
  for (const family of ['ipv4', 'ipv6'] as const) {
    const address = passthroughAddress(family);
    if (address !== undefined) namespace.run(['ip', 'address', 'add', address, 'dev', 'lo']);
    namespace.run([programs[family], '--noflush', '--wait=10'], captureRules(family));
  }
}
