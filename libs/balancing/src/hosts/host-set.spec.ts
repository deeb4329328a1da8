import { describe, expect, it } from 'vitest';
import { keyOf, plainEndpoints, sampleEndpoints, sampleHosts } from '../../test/sample-hosts.ts';
import type { Host } from '../host.ts';

describe('HostSet', () => {
  it('keeps the objects of hosts that stay, and tells who came and went', () => {
    const down: Host[] = [];
    const hosts = sampleHosts(plainEndpoints(3), { onHostDown: (host) => down.push(host) });
    const kept = hosts.find(keyOf(1)) as Host;
    kept.activeRequests = 5;
    const endpoints = sampleEndpoints([{ priority: 1, endpoints: [{ n: 1, weight: 7 }, { n: 9 }] }]);
    const { added, gone } = hosts.update(endpoints);
    expect(added.map((host) => host.key)).toEqual([keyOf(9)]);
    expect(gone.map((host) => host.key)).toEqual([keyOf(0), keyOf(2)]);
    expect(down).toEqual(gone);
    expect(gone.every((host) => host.gone)).toBe(true);
    expect(hosts.find(keyOf(1))).toBe(kept);
    expect(kept).toMatchObject({ activeRequests: 5, priority: 1, endpoint: { weight: 7 }, gone: false });
  });

  it('counts an address that comes twice once', () => {
    const hosts = sampleHosts(sampleEndpoints([{ endpoints: [{ n: 1 }, { n: 1, weight: 3 }] }]));
    expect(hosts.hosts).toHaveLength(1);
    expect(hosts.hosts[0]?.endpoint.weight).toBe(1);
  });

  it.each([
    ['unknown', true],
    ['healthy', true],
    ['degraded', false],
    ['unhealthy', false],
    ['draining', false],
    ['timeout', false],
  ] as const)('takes %s from EDS as healthy: %s', (health, healthy) => {
    const hosts = sampleHosts(sampleEndpoints([{ endpoints: [{ n: 1, health }] }]));
    expect(hosts.hosts[0]?.healthy).toBe(healthy);
  });

  it('puts EDS, health checks and ejections together', () => {
    const down: string[] = [];
    const params = { activeHealthChecks: true, onHostDown: (host: Host) => down.push(host.key) };
    const hosts = sampleHosts(plainEndpoints(1), params);
    const [host] = hosts.hosts as [Host];
    expect(host.healthy).toBe(false);
    hosts.setCheckedHealth(host, true);
    expect(host.healthy).toBe(true);
    hosts.setEjected(host, true);
    expect(host).toMatchObject({ healthy: false, ejected: true });
    hosts.setCheckedHealth(host, false);
    hosts.setEjected(host, false);
    expect(host.healthy).toBe(false);
    hosts.setCheckedHealth(host, true);
    expect(host.healthy).toBe(true);
    hosts.update(sampleEndpoints([{ endpoints: [{ n: 0, health: 'unhealthy' }] }]));
    expect(host.healthy).toBe(false);
    expect(down).toEqual([keyOf(0), keyOf(0)]);
  });

  it('ignores what is said of hosts that have gone', () => {
    const hosts = sampleHosts(plainEndpoints(1));
    const [old] = hosts.hosts as [Host];
    hosts.update(plainEndpoints(0));
    hosts.update(plainEndpoints(1));
    hosts.setEjected(old, true);
    expect(hosts.find(keyOf(0))?.healthy).toBe(true);
    expect(hosts.find(keyOf(0))).not.toBe(old);
  });

  it('changes its version only when something has changed', () => {
    const hosts = sampleHosts(plainEndpoints(2));
    const [host] = hosts.hosts as [Host];
    const { version, levels } = hosts;
    hosts.setEjected(host, false);
    hosts.setCheckedHealth(host, true);
    expect(hosts.version).toBe(version);
    expect(hosts.levels).toBe(levels);
    hosts.setEjected(host, true);
    expect(hosts.version).not.toBe(version);
    expect(hosts.membership).toEqual({ total: 2, healthy: 1, degraded: 0, excluded: 0 });
  });

  it('names hosts by address, IPv6 in its one short form', () => {
    const hosts = sampleHosts(plainEndpoints(0));
    const endpoint = { hostname: '', health: 'healthy', weight: 1, metadata: {} } as const;
    const add = (address: string) => hosts.add({ ...endpoint, address: { kind: 'tcp', address, port: 80 } });
    expect(add('fd00:0:0::7').key).toBe('[fd00::7]:80');
    expect(hosts.add({ ...endpoint, address: { kind: 'pipe', path: '/run/x' } }).key).toBe('/run/x');
    expect(add('fd00::7')).toBe(hosts.find('[fd00::7]:80'));
    hosts.remove(add('fd00::7'));
    expect(hosts.size).toBe(1);
  });
});
