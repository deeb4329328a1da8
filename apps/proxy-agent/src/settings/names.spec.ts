import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { addressesOf, ipAddresses } from './names.ts';

const on = (address: string, internal = false): NetworkInterfaceInfo => {
  const common = { address, internal, netmask: '', mac: '', cidr: null };
  return address.includes(':') ? { ...common, family: 'IPv6', scopeid: 0 } : { ...common, family: 'IPv4' };
};

describe('addresses of a workload', () => {
  it('are those of the namespace when they are left to it: what others reach, IPv4 first', () => {
    const interfaces = {
      lo: [on('127.0.0.1', true), on('::1', true)],
      eth0: [on('fd00::7'), on('fe80::1'), on('172.20.0.7')],
      eth1: [on('10.9.0.2')],
    };
    expect(addressesOf(interfaces)).toEqual(['172.20.0.7', '10.9.0.2', 'fd00::7']);
    expect(addressesOf({ lo: [on('127.0.0.1', true)] })).toEqual([]);
  });

  it('are taken as they are written otherwise', () => {
    expect(ipAddresses().parse('10.0.0.1, fd00::1')).toEqual(['10.0.0.1', 'fd00::1']);
    expect(ipAddresses().safeParse('auto,10.0.0.1').success).toBe(false);
  });
});
