import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { KnownResource } from '@malla/model';
import { parse } from 'yaml';
import type { DescribedRequest } from './case-schema.ts';
import type { Observed } from './outcome.ts';

/** Resources of the mesh that arbitrary requests are sent to. */
export function agreementResources(): readonly KnownResource[] {
  const path = fileURLToPath(new URL('../../agreement/mesh.yaml', import.meta.url));
  const resources = parse(readFileSync(path, 'utf8')) as { metadata: object }[];
  return resources.map((resource) => ({
    ...resource,
    metadata: { namespace: 'default', ...resource.metadata },
  })) as never;
}

/** Few letters, so that conditions hold about as often as not, and everything that tries to look like another path. */
const segment = fc.constantFrom(
  ...['a', 'b', 'A', 'ab', 'aB', '', '.', '..', '%61', '%2e', '%2E%2e', '%2F', '%2f..', 'a;b', 'a%20b', 'b=', '~'],
  ...['a\\b', '%5c', '%5C..', '..\\', '%25', '%', '%g1', '%c0%af', '%c3%a9', '...', '%2b', '+', '*', '%7E', '%2561'],
  ...['.;', '..;', '..;a', '.;/..', '%2e.;', '..%3b', '..;%2f', '%00', '#', '"', '<', '^', '{', '|', '`', '%61%2f..'],
);
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join('/')}`);
const parameter = fc.constantFrom('q=a', 'q=b', 'q=', 'q', 'q=ac', 'to=x', 'to', 'x=1', 'q=%61', '', 'q=a=b');
const query = fc
  .array(parameter, { maxLength: 3 })
  .map((parameters) => (parameters.length === 0 ? '' : `?${parameters.join('&')}`));
const headerValue = fc.constantFrom('a', 'b', 'ab', 'ba', 'A', 'c', '1', 'a,b');
const headers = fc.dictionary(fc.constantFrom('x-a', 'x-b', 'x-c'), headerValue, { maxKeys: 3, noNullPrototype: true });
const host = fc.constantFrom(
  'reviews',
  'reviews:9080',
  'REVIEWS',
  'reviews.default',
  'reviews.default.svc.cluster.local:9080',
  'other.example',
);

/** A request of any shape to reviews, from inside or from outside the mesh. */
export const arbitraryRequest: fc.Arbitrary<DescribedRequest> = fc
  .record({
    from: fc.constantFrom('web', 'web', 'admin', 'outsider'),
    host,
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH'),
    path: fc.tuple(path, query).map(([before, after]) => before + after),
    headers,
  })
  .map((request) => {
    const to = request.from === 'outsider' ? 'reviews-v1:8080' : 'reviews:9080';
    return { ...request, to, via: 'service' as const, times: 1, expect: {} };
  });

/** What both worlds must agree on: the answer, and what the application saw. */
export function comparable({ outcomes }: Observed): unknown {
  return outcomes.map(({ status, headers: answer, answeredBy }) => ({
    status,
    location: answer['location'],
    answer: answer['x-answer'],
    ...(answeredBy === undefined
      ? {}
      : {
          version: answeredBy.version,
          method: answeredBy.method,
          path: answeredBy.path,
          host: answeredBy.host,
          peer: answeredBy.peer,
          headers: Object.fromEntries(['x-a', 'x-b', 'x-c'].map((name) => [name, answeredBy.headers[name]])),
        }),
  }));
}
