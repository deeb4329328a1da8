import fc from 'fast-check';
import { hasErrors, type KnownResource } from '@malla/model';
import { validateObject } from '@malla/validate';

/** Small alphabets shared with the requests, so that conditions hold about as often as not. */
const pathText = fc.constantFrom('/', '/a', '/b', '/a/b', '/ab', '/A', '/a/', '/a b');
const valueText = fc.constantFrom('a', 'b', 'ab', 'A', '1', '');
const pathRegex = fc.constantFrom('/a.*', '/[ab]', '/(a|b)/.*', '.*b', '/.{1,3}', '/\\w+');
const valueRegex = fc.constantFrom('[ab]+', 'a.*', '.', 'a|1', '.*');
const headerName = fc.constantFrom('x-a', 'x-b', 'X-C');

function stringMatch(text: fc.Arbitrary<string>, regex: fc.Arbitrary<string>): fc.Arbitrary<object> {
  return fc.oneof(fc.record({ exact: text }), fc.record({ prefix: text }), fc.record({ regex }));
}

const valueMatch = stringMatch(valueText, valueRegex);
const headerMatches = fc.dictionary(headerName, fc.oneof(valueMatch, fc.constant({})), {
  maxKeys: 2,
  noNullPrototype: true,
});
const httpMatch = fc.record(
  {
    uri: stringMatch(pathText, pathRegex),
    ignoreUriCase: fc.boolean(),
    method: stringMatch(fc.constantFrom('GET', 'P', 'PUT'), fc.constantFrom('P.*', 'GET|DELETE')),
    authority: stringMatch(
      fc.constantFrom('reviews', 'reviews.default', 'other.example'),
      fc.constantFrom('reviews.*', '[a-z]+'),
    ),
    headers: headerMatches,
    withoutHeaders: headerMatches,
    queryParams: fc.dictionary(fc.constantFrom('q', 'to'), fc.oneof(valueMatch, fc.constant({})), {
      maxKeys: 2,
      noNullPrototype: true,
    }),
    sourceNamespace: fc.constantFrom('default', 'other'),
  },
  { requiredKeys: [] },
);

const values = fc.dictionary(headerName, fc.constantFrom('a', 'b', 'new', '100%'), {
  maxKeys: 2,
  noNullPrototype: true,
});
const operations = fc.record(
  { set: values, add: values, remove: fc.array(headerName, { maxLength: 1 }) },
  { requiredKeys: [] },
);
const headers = fc.record({ request: operations, response: operations }, { requiredKeys: [] });
const destination = fc.record(
  {
    host: fc.constant('reviews'),
    subset: fc.constantFrom('v1', 'v2', 'v9'),
    port: fc.constantFrom({ number: 9080 }, { number: 9081 }),
  },
  { requiredKeys: ['host', 'subset'] },
);
const forward = fc.record(
  {
    route: fc.tuple(fc.record({ destination, headers }, { requiredKeys: ['destination'] })),
    rewrite: fc
      .record({ uri: pathText, authority: fc.constantFrom('inner.example', 'b') }, { requiredKeys: [] })
      .filter((r) => Object.keys(r).length > 0),
    fault: fc.record({
      abort: fc.record({
        httpStatus: fc.constantFrom(418, 503),
        percentage: fc.constantFrom({ value: 0 }, { value: 100 }),
      }),
    }),
    headers,
  },
  { requiredKeys: ['route'] },
);
const redirect = fc.record({
  redirect: fc.record(
    {
      uri: pathText,
      authority: fc.constantFrom('other.example', 'a:81'),
      scheme: fc.constantFrom('http', 'https'),
      port: fc.constantFrom(80, 443, 8080),
      redirectCode: fc.constantFrom(301, 302, 303, 307, 308),
    },
    { requiredKeys: [] },
  ),
});
const httpRoute = fc
  .tuple(
    fc.array(httpMatch, { minLength: 1, maxLength: 2 }),
    fc.oneof({ weight: 4, arbitrary: forward as fc.Arbitrary<object> }, redirect),
  )
  .map(([match, action]) => ({ match, ...action }));

/** Where everything else goes: to one workload, as a choice between two would be a matter of chance. */
const otherwise = { route: [{ destination: { host: 'reviews', subset: 'v1' } }] };
const virtualService = fc
  .array(httpRoute, { minLength: 1, maxLength: 5 })
  .map((http) =>
    resource('networking.istio.io/v1', 'VirtualService', 'reviews', { hosts: ['reviews'], http: [...http, otherwise] }),
  );

const some = (...texts: string[]) => fc.uniqueArray(fc.constantFrom(...texts), { minLength: 1, maxLength: 2 });
const principals = some('cluster.local/ns/default/sa/web', '*/sa/admin', 'cluster.local/ns/default/*', '*');
const namespaces = some('default', 'other', 'o*', '*t');
const methods = some('GET', 'PUT', 'P*', '*');
const paths = some('/a', '/a*', '*b', '/a/*', '*', '/');
const ports = some('8080', '8081');
const headerValues = some('a', 'a*', '*b', '*');
const rule = fc.record(
  {
    from: fc.array(
      fc.record({ source: partial({ principals, notPrincipals: principals, namespaces, notNamespaces: namespaces }) }),
      { minLength: 1, maxLength: 2 },
    ),
    to: fc.array(
      fc.record({
        operation: partial({ methods, notMethods: methods, paths, notPaths: paths, ports, notPorts: ports }),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    when: fc.array(
      fc
        .tuple(
          fc.constantFrom('request.headers[x-a]', 'request.headers[X-B]'),
          partial({ values: headerValues, notValues: headerValues }),
        )
        .map(([key, conditions]) => ({ key, ...conditions })),
      { minLength: 1, maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
);
const policies = fc
  .array(fc.tuple(fc.constantFrom('ALLOW', 'DENY'), fc.array(rule, { maxLength: 3 })), { maxLength: 3 })
  .map((list) =>
    list.map(([action, rules], index) =>
      resource('security.istio.io/v1', 'AuthorizationPolicy', `policy-${index}`, { action, rules }),
    ),
  );

const subsets = resource('networking.istio.io/v1', 'DestinationRule', 'reviews', {
  host: 'reviews',
  subsets: ['v1', 'v2'].map((version) => ({ name: version, labels: { version } })),
});

/** Routes and policies of any shape for reviews, all of which pass validation. */
export const arbitraryResources: fc.Arbitrary<readonly KnownResource[]> = fc
  .tuple(virtualService, policies)
  .map(([routes, rules]) => [subsets, routes, ...rules])
  .filter((resources) => resources.every((candidate) => !hasErrors(validateObject(candidate))));

/** At least one of the fields. */
function partial<T extends Record<string, fc.Arbitrary<unknown>>>(fields: T) {
  return fc.record(fields, { requiredKeys: [] }).filter((chosen) => Object.keys(chosen).length > 0);
}

function resource(apiVersion: string, kind: string, name: string, spec: object): KnownResource {
  return { apiVersion, kind, metadata: { name, namespace: 'default' }, spec } as never;
}
