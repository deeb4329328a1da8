import { grpcRow, requestRow, summaryPanels, tcpRow } from '../traffic-rows.mjs';

const INBOUND =
  'reporter="destination", destination_workload_namespace=~"$namespace", destination_workload=~"$workload"';
const OUTBOUND = 'reporter="source", source_workload_namespace=~"$namespace", source_workload=~"$workload"';
const BY_CLIENT = { label: 'source_workload', name: 'client' };
const BY_SERVICE = { label: 'destination_service', name: 'service' };

/** One workload: who calls it, and whom it calls. @type {import('../grafana.mjs').Dashboard} */
export const workload = {
  uid: 'malla-workload',
  title: 'Malla Workload',
  description: 'One workload: who calls it and whom it calls, as its own proxy sees it.',
  variables: [
    { name: 'namespace', label: 'Namespace', metric: 'istio_requests_total', from: 'destination_workload_namespace' },
    {
      name: 'workload',
      label: 'Workload',
      metric: 'istio_requests_total{destination_workload_namespace=~"$namespace"}',
      from: 'destination_workload',
    },
  ],
  rows: [
    { title: 'Calls to it', panels: summaryPanels(INBOUND) },
    requestRow('Requests to it', INBOUND, BY_CLIENT),
    requestRow('Requests from it', OUTBOUND, BY_SERVICE),
    grpcRow('gRPC to it', INBOUND, BY_CLIENT),
    tcpRow('TCP to it', INBOUND, BY_SERVICE),
    tcpRow('TCP from it', OUTBOUND, BY_SERVICE),
    {
      title: 'Proxy',
      panels: [
        {
          title: 'Life that certificates have left',
          description: 'Of the workload certificate of each agent; renewed at half of its life.',
          unit: 's',
          queries: [{ expr: 'min by (instance) (istio_agent_cert_expiry_seconds)', legend: '{{instance}}' }],
        },
        {
          title: 'Agents with a stream to discovery',
          description: 'Agents that are connected, and all. Those that are not serve their last configuration.',
          unit: 'short',
          queries: [
            { expr: 'sum(malla_agent_discovery_connected)', legend: 'connected' },
            { expr: 'count(malla_agent_discovery_connected)', legend: 'all' },
          ],
        },
        {
          title: 'Metrics that were lost',
          description: 'Label sets that pages of agents had no room for, and what proxies could not keep apart.',
          unit: 'short',
          queries: [
            { expr: 'sum(malla_agent_label_sets_left_out)', legend: 'label sets left out' },
            { expr: 'sum(increase(envoy_server_stats_overflow_counter[5m]))', legend: 'counts lost in 5 minutes' },
          ],
        },
      ],
    },
  ],
};
