import { describe, expect, it } from 'vitest';
import { stripPort } from './strip-port.ts';
import { findVirtualHost } from './virtual-host.ts';

const hosts = ['shop.default.svc.cluster.local', '*.example.com', '*.shop.example.com', 'web.*', '*'].map((domain) => ({
  name: domain,
  domains: [domain],
  routes: [],
}));

describe('findVirtualHost', () => {
  it.each([
    ['shop.default.svc.cluster.local:9080', 'shop.default.svc.cluster.local'],
    ['SHOP.default.svc.cluster.local', 'shop.default.svc.cluster.local'],
    ['a.example.com', '*.example.com'],
    ['a.shop.example.com', '*.shop.example.com'],
    ['web.shop.example.com', '*.shop.example.com'],
    ['web.test', 'web.*'],
    ['.example.com', '*'],
    ['example.com', '*'],
    ['[::1]:80', '*'],
  ])('%s is served by %s', (authority, name) => expect(findVirtualHost(hosts, authority)?.name).toBe(name));

  it('compares ports when the configuration has them', () => {
    const virtualHosts = [{ name: 'shop', domains: ['shop:9080'], routes: [] }];
    expect(findVirtualHost(virtualHosts, 'shop:9080', true)?.name).toBe('shop');
    expect(findVirtualHost(virtualHosts, 'shop', true)).toBeUndefined();
  });

  it('finds nothing without a catch-all', () => {
    expect(findVirtualHost(hosts.slice(0, 4), 'other')).toBeUndefined();
  });
});

describe('stripPort', () => {
  it('keeps IPv6 literals whole', () => {
    expect([stripPort('[::1]:80'), stripPort('[::1]'), stripPort('a:80'), stripPort('a')]).toEqual([
      '[::1]',
      '[::1]',
      'a',
      'a',
    ]);
  });
});
