import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostTable } from './host-table.ts';

/** Every domain against the host, by rank: what the table must agree with. */
function plainSearch(domains: readonly string[], host: string): string | undefined {
  let best: { domain: string; rank: number } | undefined;
  for (const domain of domains) {
    const rank = rankOf(domain, host);
    if (rank !== undefined && (best === undefined || rank > best.rank)) best = { domain, rank };
  }
  return best?.domain;
}

function rankOf(domain: string, host: string): number | undefined {
  if (domain === '*') return 0;
  if (domain === host) return 3_000;
  const longEnough = host.length >= domain.length;
  if (domain.startsWith('*')) return longEnough && host.endsWith(domain.slice(1)) ? 2_000 + domain.length : undefined;
  if (domain.endsWith('*'))
    return longEnough && host.startsWith(domain.slice(0, -1)) ? 1_000 + domain.length : undefined;
  return undefined;
}

describe('HostTable', () => {
  it('agrees with a search through all domains', () => {
    const label = fc.constantFrom('a', 'b', 'ab', 'ba', 'a.b', 'b.a', '.a');
    const domain = fc.oneof(
      label,
      label.map((text) => `*${text}`),
      label.map((text) => `${text}*`),
      fc.constant('*'),
    );
    fc.assert(
      fc.property(fc.uniqueArray(domain), fc.array(label, { minLength: 1 }), (domains, labels) => {
        const table = new HostTable(
          domains.map((value) => ({ domains: [value], value })),
          true,
        );
        const host = labels.join('');
        expect(table.find(host)).toBe(plainSearch(domains, host));
        expect(table.find(host.toUpperCase())).toBe(plainSearch(domains, host));
      }),
    );
  });

  it('remembers a bounded number of authorities and stays right', () => {
    const table = new HostTable([{ domains: ['*.x'], value: 1 }], false);
    for (let i = 0; i < 3_000; i++) expect(table.find(`h${i}.x:80`)).toBe(1);
    expect(table.find('h1.x')).toBe(1);
    expect(table.find('h1.y')).toBeUndefined();
  });
});
