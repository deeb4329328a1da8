import type { Origin, ValueMatch } from '@malla/ir';
import fc from 'fast-check';

/** A DNS label. */
export const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}[a-z0-9]$/);
/** A header's name, lower case. */
export const headerName = fc.stringMatching(/^x-[a-z0-9-]{1,12}$/);
/** Odd but legal header values and texts. */
export const text = fc.constantFrom(
  '',
  'a',
  'v 1',
  '100%',
  '%REQ(x)%',
  '%',
  '"q"',
  "it's",
  'ü',
  'a\\b',
  '{}',
  'a;b=c, d',
  '(',
  '*',
);
/** A path, in odd ways too. */
export const path = fc.constantFrom('/', '/a', '/a/b/', '/a%20b', '/a.b*', '/ü', '/a;x=1', '/(a)');
/** An RE2 expression. */
export const regex = fc.constantFrom('.*', '/a(/.*)?', '[a-z]+', '(a|b)c?', '\\d{3}', '/items/([0-9]+)/x');
/** A duration in milliseconds. */
export const milliseconds = fc.constantFrom(1, 250, 1000, 15_000, 3_600_000);
/** A TCP port. */
export const port = fc.integer({ min: 1, max: 65_535 });
/** 0 to 100, down to Envoy's millionths. */
export const percent = fc.constantFrom(0, 0.0001, 0.5, 12.34, 50, 100);

/** Any match of one string. */
export const valueMatch: fc.Arbitrary<ValueMatch> = fc.oneof(
  fc.record({ kind: fc.constantFrom('exact' as const, 'prefix' as const, 'suffix' as const), value: text }),
  fc.record({ kind: fc.constant('regex' as const), value: regex }),
  fc.constant({ kind: 'present' as const }),
);

/** A resource of a kind. */
export function origin(kind: string): fc.Arbitrary<Origin> {
  return fc.record({ kind: fc.constant(kind), namespace: name, name });
}

/** Application protocol of a port. */
export const protocol = fc.constantFrom('http' as const, 'http2' as const, 'grpc' as const, 'tcp' as const);
