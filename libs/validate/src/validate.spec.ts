import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { acceptedFields, findKind, formatPath, kinds, valueAt, type KindDefinition } from '@malla/model';
import { validateObject } from './validate.ts';

/** Valid and rich: every mutation starts near what users write. */
const samples: readonly object[] = [
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'reviews', namespace: 'shop', labels: { app: 'x' } },
    spec: {
      hosts: ['reviews'],
      gateways: ['mesh'],
      exportTo: ['.'],
      http: [
        {
          match: [{ uri: { prefix: '/a' }, headers: { x: { regex: 'a+' } }, queryParams: { q: {} } }],
          route: [{ destination: { host: 'a', port: { number: 1 }, subset: 'v1' }, weight: 3 }],
          retries: { attempts: 2, perTryTimeout: '1s', retryOn: '5xx' },
        },
        {
          route: [{ destination: { host: 'b' }, headers: { request: { set: { a: 'b' }, remove: ['c'] } } }],
          timeout: '1s',
          fault: { abort: { httpStatus: 503, percentage: { value: 1 } } },
          rewrite: { uriRegexRewrite: { match: '(a)', rewrite: '\\1' } },
        },
      ],
    },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'reviews' },
    spec: {
      host: 'reviews',
      trafficPolicy: {
        tls: { mode: 'SIMPLE', sni: 'a.b' },
        loadBalancer: { consistentHash: { httpCookie: { name: 'a', ttl: '0s' } } },
        portLevelSettings: [{ port: { number: 80 }, outlierDetection: { interval: '1s' } }],
      },
      subsets: [
        { name: 'v1', labels: { version: 'v1' }, trafficPolicy: { connectionPool: { tcp: { maxConnections: 1 } } } },
      ],
    },
  },
  {
    apiVersion: 'security.istio.io/v1',
    kind: 'PeerAuthentication',
    metadata: { name: 'p' },
    spec: { selector: { matchLabels: { a: 'b' } }, portLevelMtls: { 80: { mode: 'STRICT' } } },
  },
  {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'p' },
    spec: {
      action: 'DENY',
      rules: [
        {
          from: [{ source: { principals: ['a*'] } }],
          to: [{ operation: { paths: ['/a*'], ports: ['80'] } }],
          when: [{ key: 'request.headers[x]', values: ['*a'] }],
        },
      ],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's' },
    spec: { clusterIP: '10.0.0.1', selector: { a: 'b' }, ports: [{ name: 'http', port: 80, targetPort: 'web' }] },
  },
  {
    apiVersion: 'networking.istio.io/v1',
    kind: 'WorkloadEntry',
    metadata: { name: 'w' },
    spec: { address: '::1', ports: { http: 80 }, labels: { a: 'b' }, locality: 'a/b' },
  },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, type: 'Opaque', data: { a: 'eA==' } },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } },
];

/** Every path of plain data. */
function pathsOf(value: unknown, path: readonly (string | number)[] = []): (string | number)[][] {
  if (value === null || typeof value !== 'object') return [[...path]];
  const keys: (string | number)[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [
    [...path],
    ...keys.flatMap((key) => pathsOf((value as Record<string | number, unknown>)[key], [...path, key])),
  ];
}

function replaced(root: object, path: readonly (string | number)[], by: unknown): unknown {
  if (path.length === 0) return by;
  const copy = structuredClone(root);
  const parent = valueAt(copy, path.slice(0, -1)) as Record<string | number, unknown>;
  parent[path.at(-1) as string | number] = by;
  return copy;
}

const mutation = fc.constantFrom(...samples).chain((sample) =>
  fc.record({
    sample: fc.constant(sample),
    path: fc.constantFrom(...pathsOf(sample)),
    by: fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('*', '', '%', '\\', '0s', '[', -1, 0, 1e300, Number.NaN),
    ),
  }),
);

describe('validateObject', () => {
  it('accepts the samples, of every kind', () => {
    for (const sample of samples) expect(validateObject(sample), JSON.stringify(sample)).toEqual([]);
    expect(new Set(samples.map((s) => (s as { kind: string }).kind))).toEqual(new Set(kinds.map((k) => k.kind)));
  });

  it('never throws, and every problem says what, where and how bad', () => {
    fc.assert(
      fc.property(mutation, ({ sample, path, by }) => {
        for (const problem of validateObject(replaced(sample, path, by))) {
          expect(problem.code).toMatch(/^(MAL|IST)\d{4}$/);
          expect(problem.message).toMatch(/^\S/);
          expect(problem.message).not.toMatch(/Invalid input|undefined|\[object/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('points at the field that is wrong, or at one around it or beside it', () => {
    fc.assert(
      fc.property(mutation, ({ sample, path, by }) => {
        fc.pre(path[0] === 'spec' && path.length > 2);
        const top = formatPath(path.slice(0, 2)).split('[')[0] as string;
        for (const problem of validateObject(replaced(sample, path, by)))
          expect(`${problem.path} `).toMatch(new RegExp(`^(${top.replace('.', '\\.')}|spec)\\b`));
      }),
    );
  });

  it('refuses null in place of any field', () => {
    for (const sample of samples) {
      for (const path of pathsOf(sample).filter((p) => p.length > 1)) {
        expect(validateObject(replaced(sample, path, null)).length, formatPath(path)).toBeGreaterThan(0);
      }
    }
  });

  it('refuses a field that no kind has, in every object', () => {
    for (const sample of samples) {
      const definition = kinds.find((k) => k.kind === (sample as { kind: string }).kind) as KindDefinition;
      expect(findKind(definition.group, definition.kind)).toBe(definition);
      const maps = new Set(
        acceptedFields(definition, { metadata: true })
          .filter((f) => f.type === 'map')
          .map((f) => f.path),
      );
      for (const path of pathsOf(sample)) {
        const value = valueAt(sample, path);
        const pattern = formatPath(path).replaceAll(/\[\d+\]/g, '[]');
        if (value === null || typeof value !== 'object' || Array.isArray(value) || maps.has(pattern)) continue;
        const found = validateObject(replaced(sample, path, { ...value, 'no-such-field': 1 }));
        expect(
          found.map((p) => p.code),
          pattern,
        ).toContain('MAL0021');
      }
    }
  });
});
