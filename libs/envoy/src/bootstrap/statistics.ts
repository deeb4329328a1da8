import { create } from '@bufbuild/protobuf';
import { StatsConfigSchema, type StatsConfig } from '@malla/protos/gen/envoy/config/metrics/v3/stats_pb';

/**
 * How Envoy turns its dotted names into labels. These are Istio's label names (`cluster_name`, not `envoy_cluster_name`), so that its
 * dashboards fit; Envoy's own patterns also break on the dots in the names of mesh clusters (`outbound|9080||reviews.default.svc...`).
 * Istio's request metrics (`istio_*`) are made by an access logger with its own labels and need no pattern.
 * @param domainSuffix suffix of service hosts, such as `cluster.local`
 * @param prefixes statistics are made only for names that begin with one of these; none: all
 */
export function statsConfig(domainSuffix: string, prefixes: readonly string[]): StatsConfig {
  const suffix = domainSuffix.replaceAll('.', '\\.');
  const tags: Record<string, string> = {
    cluster_name: `^cluster\\.((.+?(\\..+?\\.svc\\.${suffix})?)\\.)`,
    tcp_prefix: '^tcp\\.((.*?)\\.)\\w+?$',
    response_code: '_rq(_(\\d{3}))$',
    response_code_class: '_rq(_(\\dxx))$',
    http_conn_manager_prefix: '^http\\.(((outbound_([0-9]{1,3}\\.{0,1}){4}_\\d{0,5})|([^\\.]+))\\.)',
    listener_address: '^listener\\.(((?:[_.[:digit:]]*|[_\\[\\]aAbBcCdDeEfF[:digit:]]*))\\.)',
  };
  return create(StatsConfigSchema, {
    useAllDefaultTags: false,
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
