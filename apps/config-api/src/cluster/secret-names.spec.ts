import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SecretNames, secretNamesIn } from './secret-names.ts';

it('finds names wherever they stand', () => {
  const names = secretNamesIn({
    spec: {
      servers: [{ tls: { credentialName: 'a', credentialNames: ['b', 'ns/c'] } }],
      trafficPolicy: { portLevelSettings: [{ tls: { credentialName: 'kubernetes://d' } }] },
      secretRef: { name: 'e' },
      hosts: ['credentialName'],
    },
  });
  expect([...names].filter((name) => !name.endsWith('-cacert'))).toEqual(['a', 'b', 'c', 'd', 'e']);
});

it('knows exactly what some object names, whatever changed in which order', () => {
  const change = fc.record({
    key: fc.constantFrom('x', 'y', 'z'),
    names: fc.option(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      const names = new SecretNames();
      const state = new Map<string, readonly string[]>();
      for (const { key, names: named } of changes) {
        const before = ['a', 'b', 'c'].filter((name) => names.has(name));
        const told = names.note(key, named === undefined ? undefined : { credentialNames: named });
        state.set(key, named ?? []);
        const wanted = new Set([...state.values()].flat());
        for (const name of ['a', 'b', 'c']) {
          expect(names.has(name)).toBe(wanted.has(name));
          expect(told.includes(name)).toBe(before.includes(name) !== wanted.has(name));
        }
      }
    }),
  );
});
