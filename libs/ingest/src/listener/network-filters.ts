import type { NetworkFilterConfig, RbacFilterConfig } from '@malla/proxy-config';
import type { Filter } from '@malla/protos/gen/envoy/config/listener/v3/listener_components_pb';
import { HttpConnectionManagerSchema } from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import {
  RBAC_EnforcementType as Enforcement,
  RBACSchema,
  type RBAC,
} from '@malla/protos/gen/envoy/extensions/filters/network/rbac/v3/rbac_pb';
import { TcpProxySchema } from '@malla/protos/gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb';
import { readConnectionManager } from '../http/connection-manager.ts';
import { readRbacRules } from '../rbac/rules.ts';
import { anyCase, unpack, type AnyCase } from '../wire/any.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readTcpProxy } from './tcp-proxy.ts';

type Kind<F = NetworkFilterConfig> = F extends NetworkFilterConfig ? Omit<F, 'name'> : never;

/** The network filters that there are. */
const cases: readonly AnyCase<Kind>[] = [
  anyCase(RBACSchema, (reader) => ({ kind: 'rbac', config: readNetworkRbac(reader) })),
  anyCase(HttpConnectionManagerSchema, (reader) => ({ kind: 'http', config: readConnectionManager(reader) })),
  anyCase(TcpProxySchema, (reader) => ({ kind: 'tcp-proxy', config: readTcpProxy(reader) })),
];

/** The filters of a chain in their order; the last one ends the connection's way through them, and only the last. */
export function readNetworkFilters(readers: readonly FieldReader<Filter>[]): NetworkFilterConfig[] {
  const filters: NetworkFilterConfig[] = [];
  readers.forEach((reader, index) => {
    const name = reader.take('name');
    if (reader.caseOf('configType') === undefined) reader.reading.report(reader.path, 'has no typed_config');
    const kind = reader.oneof<'configType', Kind | undefined>('configType', {
      typedConfig: (any) => unpack(any, cases),
    });
    if (!kind) return;
    filters.push({ name, ...kind });
    const last = index === readers.length - 1;
    if ((kind.kind !== 'rbac') !== last) {
      const problem = last ? 'must be an HTTP connection manager or a TCP proxy: it is the last' : 'must be the last';
      reader.reading.report(reader.path, problem);
    }
  });
  return filters;
}

function readNetworkRbac(reader: FieldReader<RBAC>): RbacFilterConfig {
  reader.expect('enforcementType', Enforcement.ONE_TIME_ON_FIRST_BYTE);
  const rules = readRbacRules(reader.message('rules'), 'network');
  const shadowRules = readRbacRules(reader.message('shadowRules'), 'network');
  return {
    ...(rules && { rules }),
    ...(shadowRules && { shadowRules }),
    statPrefix: reader.take('statPrefix'),
    shadowStatPrefix: reader.take('shadowRulesStatPrefix'),
  };
}
