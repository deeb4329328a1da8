import { describe, expect, it } from 'vitest';
import type { RedirectIr } from '@malla/ir';
import { redirectLocation } from './redirect.ts';

const request = { method: 'GET', path: '/a?b=1', authority: 'shop:9080', headers: {} };
const location = (redirect: Partial<RedirectIr>, authority = request.authority) =>
  redirectLocation({ kind: 'redirect', code: 301, ...redirect }, { ...request, authority }, { port: 9080 });

describe('redirectLocation', () => {
  it('keeps what the redirect does not name', () => expect(location({})).toBe('http://shop:9080/a?b=1'));

  it('replaces the path and keeps the query, unless the new path has one', () => {
    expect(location({ path: '/new' })).toBe('http://shop:9080/new?b=1');
    expect(location({ path: '/new?c=2' })).toBe('http://shop:9080/new?c=2');
  });

  it('replaces host and port', () => {
    expect(location({ authority: 'other.example.com' })).toBe('http://other.example.com/a?b=1');
    expect(location({ port: 8443 })).toBe('http://shop:8443/a?b=1');
    expect(location({ port: 'request-port', authority: 'other' })).toBe('http://other:9080/a?b=1');
  });

  it('drops the old default port when the scheme changes, and no other', () => {
    expect(location({ scheme: 'https' }, 'shop:80')).toBe('https://shop/a?b=1');
    expect(location({ scheme: 'https' }, 'shop:9080')).toBe('https://shop:9080/a?b=1');
    expect(location({ scheme: 'https', port: 'protocol-default' }, 'shop')).toBe('https://shop/a?b=1');
  });
});
