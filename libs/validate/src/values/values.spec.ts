import { isIP, isIPv4, isIPv6 } from 'node:net';
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { isIpAddress, isIpv4Address, isIpv6Address, splitHostPort, subnetProblem } from './addresses.ts';
import { celProblem } from './cel.ts';
import { headerValueProblem } from './header-value.ts';
import { fqdnProblem, hostsOverlap, isSubsetOf, sniProblem, wildcardDomainProblem } from './hosts.ts';
import { readKeySet } from './jwks.ts';
import { gatewayHostProblem, importedHostProblem } from './namespaced-hosts.ts';
import { pathProblem } from './policy-values.ts';
import { regexProblem, rewriteProblem } from './regex.ts';
import { retryOnProblem } from './retry-on.ts';
import { moduleUrlProblem, urlProblem } from './uris.ts';

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?$/);
const name = fc
  .array(label, { minLength: 1, maxLength: 4 })
  .map((labels) => labels.join('.'))
  .filter((text) => !/(^|\.)\d+$/.test(text));

describe('addresses', () => {
  it('are those of the platform', () => {
    const text = fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.]{1,20}$/));
    fc.assert(
      fc.property(text, (address) => {
        expect(isIpv4Address(address)).toBe(isIPv4(address));
        expect(isIpv6Address(address)).toBe(isIPv6(address));
        expect(isIpAddress(address)).toBe(isIP(address) !== 0);
      }),
      { numRuns: 500 },
    );
  });

  it.each(['10.0.0.0/8', '::/0', '2001:db8::/32', '001:db8::', '10.1.2.3/16'])('has the block %s', (text) => {
    expect(subnetProblem(text)).toBeUndefined();
  });

  it.each(['10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/08', '10.0.0/8', 'a/8', '10.0.0.0/8/8', 'fe80::1%eth0', ''])(
    'has no block %j',
    (text) => expect(subnetProblem(text)).toBeDefined(),
  );

  it('splits hosts and ports', () => {
    expect(splitHostPort('[::1]:80')).toEqual({ host: '::1', port: '80' });
    expect(splitHostPort(':80')).toEqual({ host: '', port: '80' });
    expect(splitHostPort('a:b:c')).toBeUndefined();
  });
});

describe('hosts', () => {
  it('are names, and with a star in front wildcards', () => {
    fc.assert(
      fc.property(name, (host) => {
        expect(fqdnProblem(host)).toBeUndefined();
        expect(fqdnProblem(`${host}.`)).toBeUndefined();
        expect(wildcardDomainProblem(`*.${host}`)).toBeUndefined();
        expect(fqdnProblem(`*.${host}`)).toBeDefined();
        expect(wildcardDomainProblem(`${host}.*`)).toBeDefined();
      }),
    );
  });

  it('overlap both ways, and always with what they are a part of', () => {
    const host = fc.oneof(
      name,
      name.map((n) => `*.${n}`),
      fc.constant('*'),
    );
    fc.assert(
      fc.property(host, host, (a, b) => {
        expect(hostsOverlap(a, b)).toBe(hostsOverlap(b, a));
        expect(isSubsetOf(a, a)).toBe(true);
        if (isSubsetOf(a, b)) expect(hostsOverlap(a, b)).toBe(true);
      }),
    );
  });

  it.each(['outbound_.80_._.a.b', 'outbound_.80_.v1_.a.b', '*.a.b'])('has the server name %s', (text) =>
    expect(sniProblem(text)).toBeUndefined(),
  );

  it.each(['*', 'a.b', 'ns/a.b', './*', '*/*.a.b', '10.1.2.3'])('are those of a Gateway: %s', (text) =>
    expect(gatewayHostProblem(text)).toBeUndefined(),
  );

  it.each(['a', '/a.b', 'ns/', '~/a.b', '*a.b', '::1', 'ns/a'])('are not those of a Gateway: %s', (text) =>
    expect(gatewayHostProblem(text)).toBeDefined(),
  );

  it.each(['*/*', '~/*', '~ns/a.b', './a.b'])('are imported: %s', (text) =>
    expect(importedHostProblem(text)).toBeUndefined(),
  );

  it.each(['a.b', '*/10', '*/a', 'a b/*', '*/*a.b'])('are not imported: %s', (text) =>
    expect(importedHostProblem(text)).toBeDefined(),
  );
});

describe('values of headers', () => {
  it.each([
    ...[
      '',
      'plain',
      '100%%',
      '%HOSTNAME%',
      'a %A% b',
      '%REQ(x-a)%',
      '%A(["b", "c"])%',
      '%A( b )%',
      '%A(x\\)y)%',
      '%A(["x\\"y"])%',
      '%A( ["b"] ) %',
    ],
  ])('may be %j', (value) => expect(headerValueProblem(value)).toBeUndefined());

  it.each([
    '%',
    'abc%123',
    '%A%%',
    '%A(',
    '%A(b',
    '%A(b)',
    '%A(b)x%',
    '%A()%',
    '%A("b")%',
    '%A(["b"',
    '%A([b])%',
    'a\nb',
    '\u0000',
  ])('may not be %j', (value) => expect(headerValueProblem(value)).toBeDefined());

  it('never take long', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('%', '(', ')', '[', ']', '"', ',', '\\', 'a', ' ')), (parts) => {
        headerValueProblem(parts.join(''));
      }),
    );
  });
});

describe('expressions', () => {
  it('are those of RE2', () => {
    expect(regexProblem('a+')).toBeUndefined();
    expect(regexProblem('(?=a)')?.message).toContain('not a regular expression of RE2');
    expect(regexProblem('a{1001}')).toBeDefined();
    expect(rewriteProblem('(a)', '\\1\\\\')).toBeUndefined();
    expect(rewriteProblem('a', '\\1')).toBeDefined();
  });

  it('keep their verdict, however many others come between', () => {
    const before = regexProblem('(kept');
    for (let i = 0; i < 5000; i++) regexProblem(`a${i}`);
    expect(regexProblem('(kept')).toEqual(before);
  });

  it('are those of CEL', () => {
    expect(celProblem('response.code >= 400 && request.host == "a"')).toBeUndefined();
    expect(celProblem('response.code >=')).toBeDefined();
    expect(celProblem(' ')).toBeDefined();
  });
});

describe('other values', () => {
  it.each(['/a', '/a*', '*/a', '*', '/{*}', '/a/{**}', '/{*}/b/{**}', '/{**}/x'])('has the path %s', (text) =>
    expect(pathProblem(text)).toBeUndefined(),
  );
  it.each(['', '/a*b', '/{a}', '/{**}/{**}', '/a{*}', '/{*}*', '/{*}/é'])('has no path %j', (text) =>
    expect(pathProblem(text)).toBeDefined(),
  );
  it.each(['oci://a/b:c', 'a', 'a.b/c', 'https://a.b/c?d=e', 'file:///a', 'oci://localhost:5000/a'])(
    'has the module %s',
    (text) => expect(moduleUrlProblem(text)).toBeUndefined(),
  );
  it.each(['', '#%a', 'fake://a', 'http://a b', 'http://[x', 'a%20b', 'localhost:5000/a', 'a:'])(
    'has no module %j',
    (text) => expect(moduleUrlProblem(text)).toBeDefined(),
  );
  it.each(['https://a', 'http://a.b:8080/c', 'https://[::1]/a'])('has the URL %s', (text) =>
    expect(urlProblem(text, ['https', 'http'])).toBeUndefined(),
  );
  it.each(['a', 'hTPp\\\\blah', 'https://', 'ftp://a', 'https://a/%zz'])('has no URL %j', (text) =>
    expect(urlProblem(text, ['https', 'http'])).toBeDefined(),
  );
  it('never tells a key', () => {
    const secret = 'c2VjcmV0';
    for (const text of [`{"keys":[{"kty":"RSA","d":"${secret}"}]}`, `{"kty":"${secret}"}`, secret])
      expect(JSON.stringify(readKeySet(text))).not.toContain(secret);
  });
  it('knows conditions for retries', () => {
    expect(retryOnProblem('5xx,reset,503')).toBeUndefined();
    expect(retryOnProblem('5xx, reset')?.hint).toBe('leave out the spaces');
    expect(retryOnProblem('')).toBeDefined();
  });
});
