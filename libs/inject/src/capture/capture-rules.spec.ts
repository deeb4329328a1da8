import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captureRules, passthroughAddress } from './capture-rules.ts';

/** Istio's default rules, in the order and spelling that `iptables-save` prints them. Source: Istio tools/istio-iptables/pkg/capture/testdata. */
const golden = `*nat
:ISTIO_INBOUND - [0:0]
:ISTIO_REDIRECT - [0:0]
:ISTIO_IN_REDIRECT - [0:0]
:ISTIO_OUTPUT - [0:0]
-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001
-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006
-A PREROUTING -p tcp -j ISTIO_INBOUND
-A ISTIO_INBOUND -p tcp --dport 15008 -j RETURN
-A ISTIO_INBOUND -p tcp --dport 15090 -j RETURN
-A ISTIO_INBOUND -p tcp --dport 15021 -j RETURN
-A ISTIO_INBOUND -p tcp --dport 15020 -j RETURN
-A ISTIO_INBOUND -p tcp -j ISTIO_IN_REDIRECT
-A OUTPUT -j ISTIO_OUTPUT
-A ISTIO_OUTPUT -s 127.0.0.6/32 -o lo -j RETURN
-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -p tcp -m tcp ! --dport 15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT
-A ISTIO_OUTPUT -o lo -m owner ! --uid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -m owner --uid-owner 1337 -j RETURN
-A ISTIO_OUTPUT ! -d 127.0.0.1/32 -o lo -p tcp -m tcp ! --dport 15008 -m owner --gid-owner 1337 -j ISTIO_IN_REDIRECT
-A ISTIO_OUTPUT -o lo -m owner ! --gid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -m owner --gid-owner 1337 -j RETURN
-A ISTIO_OUTPUT -d 127.0.0.1/32 -j RETURN
-A ISTIO_OUTPUT -j ISTIO_REDIRECT
COMMIT
`;

const outputRules = (rules: string) => rules.split('\n').filter((line) => line.startsWith('-A ISTIO_OUTPUT'));

describe('captureRules', () => {
  it("are Istio's by default", () => {
    expect(captureRules('ipv4')).toBe(golden);
  });

  it('are the same for IPv6, with its addresses', () => {
    expect(captureRules('ipv6')).toBe(
      golden.replaceAll('127.0.0.6/32', '::6/128').replaceAll('127.0.0.1/32', '::1/128'),
    );
    expect(passthroughAddress('ipv6')).toBe('::6/128');
    expect(passthroughAddress('ipv4')).toBeUndefined();
  });

  it('leave out ports and ranges, each family its own', () => {
    const options = {
      excludedInboundPorts: [22],
      excludedOutboundPorts: [5432],
      excludedOutboundRanges: ['10.1.0.0/16', 'fd00::/8'],
    };
    const rules = captureRules('ipv4', options);
    expect(rules).toContain('-A ISTIO_INBOUND -p tcp --dport 22 -j RETURN\n-A ISTIO_INBOUND -p tcp -j');
    expect(outputRules(rules)[0]).toBe('-A ISTIO_OUTPUT -p tcp --dport 5432 -j RETURN');
    expect(outputRules(rules).at(-2)).toBe('-A ISTIO_OUTPUT -d 10.1.0.0/16 -j RETURN');
    expect(rules).not.toContain('fd00');
    expect(captureRules('ipv6', options)).toContain('-d fd00::/8 -j RETURN');
  });

  it('know the proxy by another user', () => {
    expect(captureRules('ipv4', { proxyUid: 201, proxyGid: 202 })).toBe(
      golden.replaceAll('--uid-owner 1337', '--uid-owner 201').replaceAll('--gid-owner 1337', '--gid-owner 202'),
    );
  });

  it.each([
    { excludedInboundPorts: [0] },
    { excludedOutboundPorts: [65_536] },
    { proxyUid: -1 },
    { proxyGid: 1.5 },
    { excludedOutboundRanges: ['10.0.0.0/8 -j ACCEPT'] },
    { excludedOutboundRanges: ['10.0.0.1'] },
  ])('refuse what is no port, user or range: %j', (options) => {
    expect(() => captureRules('ipv4', options)).toThrow(RangeError);
  });

  it('never have more lines than one for each option, whatever text a range is', () => {
    const plain = captureRules('ipv4').split('\n').length;
    fc.assert(
      fc.property(fc.string(), (range) => {
        try {
          const rules = captureRules('ipv4', { excludedOutboundRanges: [range] });
          expect(rules.split('\n').length).toBeLessThanOrEqual(plain + 1);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});
