import type { AuthorizationIr, AuthorizerIr, InboundIr, InboundPortIr, PredicateIr, RateLimitIr } from '@malla/ir';
import fc from 'fast-check';
import { headerName, origin, port, protocol, valueMatch } from './arbitrary-values.ts';
import { sampleHost } from './sample-ir.ts';

const predicateBase = { anyOf: fc.array(valueMatch, { minLength: 1, maxLength: 2 }), negated: fc.boolean() };
const peer: fc.Arbitrary<PredicateIr> = fc.record({
  attribute: fc.record({ kind: fc.constantFrom('principal' as const, 'namespace' as const) }),
  ...predicateBase,
});
const request: fc.Arbitrary<PredicateIr> = fc.oneof(
  fc.record({ attribute: fc.record({ kind: fc.constantFrom('method' as const, 'path' as const) }), ...predicateBase }),
  fc.record({ attribute: fc.record({ kind: fc.constant('header' as const), name: headerName }), ...predicateBase }),
  fc.record({
    attribute: fc.constant({ kind: 'port' as const }),
    anyOf: fc.array(
      port.map((p) => ({ kind: 'exact' as const, value: String(p) })),
      { minLength: 1, maxLength: 2 },
    ),
    negated: fc.boolean(),
  }),
);
const authorizationRule = fc.record({
  from: fc.array(fc.array(peer, { maxLength: 2 }), { maxLength: 2 }),
  to: fc.array(fc.array(request, { maxLength: 2 }), { maxLength: 2 }),
  when: fc.array(fc.oneof(peer, request), { maxLength: 2 }),
});
const policies = fc.uniqueArray(
  fc.record({ origin: origin('AuthorizationPolicy'), rules: fc.array(authorizationRule, { maxLength: 2 }) }),
  { maxLength: 2, selector: ({ origin: o }) => `${o.namespace}/${o.name}` },
);

const authorizerNames = ['malla', 'by-http', 'by-grpc'] as const;

/** Any authorization; its authorizer is one of {@link arbitraryInbound}. */
export const arbitraryAuthorization: fc.Arbitrary<AuthorizationIr> = fc.record(
  {
    custom: fc.record({
      authorizer: fc.constantFrom(...authorizerNames),
      policies,
      context: fc.constant({ 'malla.policy': 'default/ask' }),
    }),
    deny: policies,
    allow: policies,
  },
  { requiredKeys: ['deny'] },
);

const rateLimit: fc.Arbitrary<RateLimitIr> = fc.record({
  origin: origin('RateLimit'),
  failClosed: fc.boolean(),
  rules: fc.array(
    fc.record({
      name: fc.constantFrom('all', 'some'),
      matches: fc.array(
        fc.record({
          paths: fc.array(
            fc.record({ kind: fc.constantFrom('exact', 'prefix'), value: fc.constantFrom('/', '/a.b?') }),
            {
              minLength: 1,
              maxLength: 2,
            },
          ),
          methods: fc.subarray(['GET', 'PUT']),
          headers: fc.array(fc.record({ name: headerName, match: valueMatch }), { maxLength: 2 }),
        }),
        { maxLength: 2 },
      ),
      values: fc.array(
        fc.oneof(
          fc.record({ kind: fc.constant('header' as const), name: headerName }),
          fc.record({ kind: fc.constantFrom('remote-address' as const, 'source-principal' as const, 'path' as const) }),
        ),
        { maxLength: 2 },
      ),
    }),
    { minLength: 1, maxLength: 2 },
  ),
});

const headerNames = fc.array(
  fc.constantFrom('exact', 'prefix', 'suffix').map((kind) => ({ kind, value: 'x-a' }) as const),
  {
    maxLength: 2,
  },
);
const service = {
  malla: fc.constant({ kind: 'grpc', cluster: 'malla-policy' } as const),
  'by-grpc': fc.constant({ kind: 'grpc', cluster: `outbound|80||${sampleHost('decider')}` } as const),
  'by-http': fc.record({
    kind: fc.constant('http' as const),
    cluster: fc.constant(`outbound|80||${sampleHost('decider')}`),
    host: fc.constant(sampleHost('decider')),
    pathPrefix: fc.constantFrom('', '/check'),
    requestHeaders: headerNames,
    addedHeaders: fc.constantFrom([], [['x-from', '100%']] as const),
    toUpstream: headerNames,
    toDownstreamOnDeny: headerNames,
    toDownstreamOnAllow: headerNames,
  }),
};
const authorizer = (name: (typeof authorizerNames)[number]): fc.Arbitrary<AuthorizerIr> =>
  fc.record(
    {
      name: fc.constant(name),
      service: service[name],
      timeoutMs: fc.constantFrom(250, 600_000),
      failOpen: fc.boolean(),
      statusOnError: fc.constantFrom(403, 503),
      clearRouteCache: fc.boolean(),
      body: fc.record({ maxBytes: fc.constant(100), allowPartial: fc.boolean(), asBytes: fc.boolean() }),
    },
    { requiredKeys: ['name', 'service', 'timeoutMs', 'failOpen', 'statusOnError', 'clearRouteCache'] },
  );
const authorizers = fc.tuple(...authorizerNames.map(authorizer));

const mutualTls = fc.constantFrom('strict' as const, 'permissive' as const, 'disable' as const);
const inboundPort: fc.Arbitrary<InboundPortIr> = fc
  .record(
    {
      targetPort: port,
      protocol,
      mutualTls,
      mutualTlsOrigin: origin('PeerAuthentication'),
      authorization: arbitraryAuthorization,
      rateLimits: fc.array(rateLimit, { maxLength: 2 }),
      service: fc.constant({ host: sampleHost('own'), name: 'own', namespace: 'default' }),
    },
    { requiredKeys: ['targetPort', 'protocol', 'mutualTls', 'authorization', 'service'] },
  )
  .map((fields) => ({ ...fields, cluster: `inbound|${fields.targetPort}||` }));

/** Any inbound half. */
export const arbitraryInbound: fc.Arbitrary<InboundIr> = fc.record({
  ports: fc.uniqueArray(inboundPort, { maxLength: 3, selector: (p) => p.targetPort }),
  passthrough: fc.record({ mutualTls, authorization: arbitraryAuthorization }),
  authorizers,
  trustDomains: fc.constantFrom(['cluster.local'], ['cluster.local', 'old.example']),
});
