import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CidrRange, FilterChainMatch } from '@malla/proxy-config';
import { matchAll } from '../../test/sockets/configs.ts';
import { ChainTable, type ChainFacts } from './chain-table.ts';
import { parseIp, parseRange } from './ip-address.ts';

const facts: ChainFacts = {
  localAddress: '10.0.0.1',
  localPort: 80,
  remoteAddress: '10.9.9.9',
  remotePort: 5_000,
  serverName: '',
  transportProtocol: 'raw_buffer',
  applicationProtocols: [],
};

function chosen(matches: readonly Partial<FilterChainMatch>[], over: Partial<ChainFacts>): number | undefined {
  return new ChainTable(matches.map((match, chain) => ({ match: { ...matchAll, ...match }, chain }))).find({
    ...facts,
    ...over,
  });
}

describe('the choice of a filter chain', () => {
  it('prefers a port, and never goes back to chains without one', () => {
    const matches = [{}, { destinationPort: 80, serverNames: ['a.test'] }];
    expect(chosen(matches, { localPort: 81 })).toBe(0);
    expect(chosen(matches, { serverName: 'a.test' })).toBe(1);
    expect(chosen(matches, { serverName: 'b.test' })).toBeUndefined();
  });

  it('prefers the longest range, IPv4 and IPv6 apart', () => {
    const range = (address: string, bits: number): Partial<FilterChainMatch> => ({
      destinationRanges: [{ address, bits }],
    });
    const matches = [range('10.0.0.0', 8), range('10.1.2.3', 16), range('10.1.0.7', 32), range('fd00::', 8), {}];
    expect(chosen(matches, { localAddress: '10.2.0.1' })).toBe(0);
    expect(chosen(matches, { localAddress: '10.1.0.1' })).toBe(1);
    expect(chosen(matches, { localAddress: '10.1.0.7' })).toBe(2);
    expect(chosen(matches, { localAddress: 'fd00:0:0::7' })).toBe(3);
    expect(chosen(matches, { localAddress: '11.0.0.1' })).toBe(4);
    expect(chosen(matches, { localAddress: '/run/a.sock', localPort: 0 })).toBe(4);
  });

  it('prefers a server name, then the longest wild card', () => {
    const matches = ['a.b.test', '*.b.test', '*.test'].map((name) => ({ serverNames: [name] }));
    expect(chosen(matches, { serverName: 'a.b.test' })).toBe(0);
    expect(chosen(matches, { serverName: 'c.b.test' })).toBe(1);
    expect(chosen(matches, { serverName: 'x.y.b.test' })).toBe(1);
    expect(chosen(matches, { serverName: 'b.test' })).toBe(2);
    expect(chosen(matches, { serverName: 'test' })).toBeUndefined();
    expect(chosen([...matches, {}], { serverName: 'test' })).toBe(3);
  });

  it('takes the first protocol of the client that some chain has', () => {
    const matches = [{ applicationProtocols: ['h2'] }, { applicationProtocols: ['http/1.1', 'istio'] }, {}];
    expect(chosen(matches, { applicationProtocols: ['istio', 'h2'] })).toBe(1);
    expect(chosen(matches, { applicationProtocols: ['x', 'h2'] })).toBe(0);
    expect(chosen(matches, { applicationProtocols: ['x'] })).toBe(2);
  });

  it('is that of a plain reading of the rules, for any chains and connections', () => {
    fc.assert(
      fc.property(fc.array(anyMatch, { minLength: 1, maxLength: 6 }), anyFacts, (matches, connection) => {
        const whole = matches.map((match) => ({ ...matchAll, ...match }));
        const expected = reference(whole, connection);
        const found = chosen(matches, connection);
        // Chains with equal matches are the same to the rules.
        expect(expected.length === 0 ? found === undefined : expected.includes(found ?? -1)).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });
});

const addresses = ['10.0.0.1', '10.0.1.1', '10.1.0.1', '11.0.0.1', 'fd00::1', 'fd00:1::1'];
const anyRange = fc.record({ address: fc.constantFrom(...addresses), bits: fc.constantFrom(0, 8, 16, 24, 32) });
const anyMatch: fc.Arbitrary<Partial<FilterChainMatch>> = fc.record(
  {
    destinationPort: fc.constantFrom(80, 81),
    destinationRanges: fc.array(anyRange, { maxLength: 2 }),
    serverNames: fc.subarray(['a.test', 'b.a.test', '*.a.test', '*.test'], { maxLength: 2 }),
    transportProtocol: fc.constantFrom('tls' as const, 'raw_buffer' as const),
    applicationProtocols: fc.subarray(['h2', 'http/1.1'], { maxLength: 2 }),
    sourceRanges: fc.array(anyRange, { maxLength: 1 }),
    sourcePorts: fc.subarray([1_000, 1_001], { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const anyFacts: fc.Arbitrary<ChainFacts> = fc.record({
  localAddress: fc.constantFrom(...addresses),
  localPort: fc.constantFrom(80, 81, 82),
  remoteAddress: fc.constantFrom(...addresses),
  remotePort: fc.constantFrom(1_000, 1_001, 1_002),
  serverName: fc.constantFrom('', 'a.test', 'b.a.test', 'c.b.a.test', 'x.test', 'test'),
  transportProtocol: fc.constantFrom('tls', 'raw_buffer'),
  applicationProtocols: fc.subarray(['h2', 'http/1.1', 'x']),
});

/** Part by part, only the chains with the most specific match are left. */
function reference(matches: readonly FilterChainMatch[], connection: ChainFacts): readonly number[] {
  const parts: ((match: FilterChainMatch) => number)[] = [
    ({ destinationPort }) => (destinationPort === undefined ? 0 : destinationPort === connection.localPort ? 1 : -1),
    ({ destinationRanges }) => best(destinationRanges, 0, (range) => inRange(range, connection.localAddress)),
    ({ serverNames }) => best(serverNames, 0, (name) => nameScore(name, connection.serverName)),
    ({ transportProtocol }) =>
      transportProtocol === undefined ? 0 : transportProtocol === connection.transportProtocol ? 1 : -1,
    ({ applicationProtocols }) =>
      best(applicationProtocols, 0, (protocol) => {
        const at = connection.applicationProtocols.indexOf(protocol);
        return at < 0 ? -1 : 100 - at;
      }),
    ({ sourceRanges }) => best(sourceRanges, 0, (range) => inRange(range, connection.remoteAddress)),
    ({ sourcePorts }) => best(sourcePorts, 0, (port) => (port === connection.remotePort ? 1 : -1)),
  ];
  let left = matches.map((_, index) => index);
  for (const score of parts) {
    const scores = left.map((index) => score(matches[index] as FilterChainMatch));
    const most = Math.max(-1, ...scores);
    left = left.filter((_, at) => most >= 0 && scores[at] === most);
  }
  return left;
}

function best<T>(values: readonly T[], empty: number, score: (value: T) => number): number {
  return values.length === 0 ? empty : Math.max(...values.map(score));
}

function inRange(range: CidrRange, text: string): number {
  const parsed = parseRange(range);
  const ip = parseIp(text);
  if (parsed === undefined || ip === undefined || parsed.network.bits !== ip.bits) return -1;
  const rest = BigInt(ip.bits - parsed.length);
  return ip.value >> rest === parsed.network.value >> rest ? 1 + parsed.length : -1;
}

function nameScore(pattern: string, name: string): number {
  if (!pattern.startsWith('*.')) return pattern === name ? 1_000 : -1;
  return name.endsWith(pattern.slice(1)) && name.length > pattern.length - 1 ? pattern.length : -1;
}
