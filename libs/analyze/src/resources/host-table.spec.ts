import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostTable } from './host-table.ts';

/** As Istio has it, without an index. */
function matches(a: string, b: string): boolean {
  const [wildA, wildB] = [a.startsWith('*'), b.startsWith('*')];
  if (wildA && wildB) {
    const [short, long] = a.length < b.length ? [a, b] : [b, a];
    return long.slice(1).endsWith(short.slice(1));
  }
  if (wildA) return b.endsWith(a.slice(1));
  if (wildB) return a.endsWith(b.slice(1));
  return a === b;
}

describe('HostTable', () => {
  const host = fc
    .tuple(fc.boolean(), fc.array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 3 }))
    .map(([wild, labels]) => (wild ? `*.${labels.join('.')}` : labels.join('.')));

  it('finds what a look at every host would find', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(host, fc.constant('*'))), fc.oneof(host, fc.constant('*')), (hosts, asked) => {
        const table = new HostTable<string>();
        hosts.forEach((each) => table.add(each, each));
        const expected = hosts.filter((each) => matches(each, asked)).sort();
        expect([...table.overlapping(asked)].sort()).toEqual(expected);
      }),
    );
  });

  it('gives the most exact wildcard of a name first', () => {
    const table = new HostTable<string>();
    for (const each of ['*', '*.com', '*.example.com', 'x.example.com']) table.add(each, each);
    expect([...table.covering('x.example.com')]).toEqual(['*.example.com', '*.com', '*']);
  });
});
