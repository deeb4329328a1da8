import type { AuthorizationIr, InboundIr, InboundPortIr, PredicateIr } from '@malla/ir';
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

/** Any authorization. */
export const arbitraryAuthorization: fc.Arbitrary<AuthorizationIr> = fc.record(
  { deny: policies, allow: policies },
  { requiredKeys: ['deny'] },
);

const mutualTls = fc.constantFrom('strict' as const, 'permissive' as const, 'disable' as const);
const inboundPort: fc.Arbitrary<InboundPortIr> = fc
  .record(
    {
      targetPort: port,
      protocol,
      mutualTls,
      mutualTlsOrigin: origin('PeerAuthentication'),
      authorization: arbitraryAuthorization,
      service: fc.constant({ host: sampleHost('own'), name: 'own', namespace: 'default' }),
    },
    { requiredKeys: ['targetPort', 'protocol', 'mutualTls', 'authorization', 'service'] },
  )
  .map((fields) => ({ ...fields, cluster: `inbound|${fields.targetPort}||` }));

/** Any inbound half. */
export const arbitraryInbound: fc.Arbitrary<InboundIr> = fc.record({
  ports: fc.uniqueArray(inboundPort, { maxLength: 3, selector: (p) => p.targetPort }),
  passthrough: fc.record({ mutualTls, authorization: arbitraryAuthorization }),
  trustDomains: fc.constantFrom(['cluster.local'], ['cluster.local', 'old.example']),
});
