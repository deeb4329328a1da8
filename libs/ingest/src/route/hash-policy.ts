import type { HashPolicyIr } from '@malla/ir';
import type { RouteAction_HashPolicy } from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import type { FieldReader } from '../wire/field-reader.ts';

/** What a consistent-hash load balancer hashes; undefined when nothing is hashed. */
export function readHashPolicy(reader: FieldReader<RouteAction_HashPolicy>): HashPolicyIr | undefined {
  return reader.oneof<'policySpecifier', HashPolicyIr | undefined>('policySpecifier', {
    header: (header) => ({ kind: 'header', name: header.take('headerName').toLowerCase() }),
    cookie: (cookie) => {
      const path = cookie.take('path');
      const ttlMs = cookie.duration('ttl');
      return {
        kind: 'cookie',
        name: cookie.take('name'),
        ...(path !== '' && { path }),
        ...(ttlMs !== undefined && { ttlMs }),
      };
    },
    connectionProperties: (properties) => (properties.take('sourceIp') ? { kind: 'source-ip' } : undefined),
    queryParameter: (parameter) => ({ kind: 'query-parameter', name: parameter.take('name') }),
  });
}
