// Metrics
export { type LocalLabels } from './metrics/complete-labels.ts';
export { istioFamilies, type IstioFamily } from './metrics/istio-families.ts';
export { IstioMetricsPage, type IstioMetricsPageParams } from './metrics/istio-metrics-page.ts';
export { parseStats } from './dump/stats.ts';
// Answers of the admin API
export { parseConfigDump, type ConfigDump, type DumpEntry, type DumpState } from './dump/config-dump.ts';
export { parseClusterStatuses, type EndpointStatus } from './dump/cluster-statuses.ts';
export { type JsonObject } from './json.ts';
// Rows of istioctl's tables
export {
  clusterCells,
  clusterHeaders,
  clusterPasses,
  clusterRows,
  parseClusterName,
  type ClusterFilter,
  type ClusterRow,
} from './rows/cluster-rows.ts';
export {
  configuredEndpoints,
  endpointCells,
  endpointHeaders,
  endpointRows,
  type EndpointFilter,
} from './rows/endpoint-rows.ts';
export {
  listenerCells,
  listenerHeaders,
  listenerRows,
  type ListenerFilter,
  type ListenerRow,
} from './rows/listener-rows.ts';
export { routeCells, routeHeaders, routeRows, type RouteRow } from './rows/route-rows.ts';
export {
  secretCells,
  secretHeaders,
  secretRows,
  type CertificateFacts,
  type ReadCertificate,
  type SecretRow,
} from './rows/secret-rows.ts';
export { renderTable } from './rows/table.ts';
