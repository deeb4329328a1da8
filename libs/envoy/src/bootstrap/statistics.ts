import { create } from '@bufbuild/protobuf';
import { StatsConfigSchema, type StatsConfig } from '@malla/protos/gen/envoy/config/metrics/v3/stats_pb';

/**
 * How Envoy turns its dotted names into labels. Mesh cluster names hold dots (`outbound|9080||reviews.default.svc.cluster.local`),
 * on which Envoy's own patterns break; these are Istio's, with the mesh's domain suffix.
 * Istio's request metrics (`istio_*`) are made by an access logger with its own tags and need no pattern.
 * @param domainSuffix suffix of service hosts, such as `cluster.local`
 * @param prefixes statistics are made only for names that begin with one of these; none: all
 */
export function statsConfig(domainSuffix: string, prefixes: readonly string[]): StatsConfig {
  const suffix = domainSuffix.replaceAll('.', '\\.');
  const tags: Record<string, string> = {
    cluster_name: `^cluster\\.((.+?(\\..+?\\.svc\\.${suffix})?)\\.)`,
    http_conn_manager_prefix: '^http\\.(((outbound_([0-9]{1,3}\\.{0,1}){4}_\\d{0,5})|([^\\.]+))\\.)',
    tcp_prefix: '^tcp\\.((.*?)\\.)\\w+?$',
  };
  return create(StatsConfigSchema, {
    useAllDefaultTags: true,
    allowDefaultTagOverrides: true,
    statsTags: Object.entries(tags).map(([tagName, value]) => ({
      tagName,
      tagValue: { case: 'regex' as const, value },
    })),
    ...(prefixes.length === 0
      ? {}
      : { statsMatcher: { statsMatcher: { case: 'inclusionList', value: inclusionList(prefixes) } } }),
  });
}

/** What drain, readiness and Istio's metrics read; kept whatever a user includes. */
const needed = ['server.', 'listener_manager.', 'cluster_manager.', 'http.', 'istio', 'cluster.xds-grpc'];

function inclusionList(prefixes: readonly string[]) {
  return { patterns: [...needed, ...prefixes].map((value) => ({ matchPattern: { case: 'prefix' as const, value } })) };
}
