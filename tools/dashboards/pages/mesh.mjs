import { failures, perSecond, quantile, rate, success } from '../queries.mjs';
import { summaryPanels } from '../traffic-rows.mjs';

const SELECTOR = 'reporter="destination", destination_service_namespace=~"$namespace"';
const SERVICE = 'destination_service, destination_workload, destination_workload_namespace';
const COLUMNS = ['destination_service', 'destination_workload', 'destination_workload_namespace'];
const DURATION = 'istio_request_duration_milliseconds';

/** All services at a glance. @type {import('../grafana.mjs').Dashboard} */
export const mesh = {
  uid: 'malla-mesh',
  title: 'Malla Mesh',
  description: 'All services at a glance, as the proxies of the called workloads count.',
  variables: [
    {
      name: 'namespace',
      label: 'Namespace',
      metric: 'istio_requests_total',
      from: 'destination_service_namespace',
    },
  ],
  rows: [
    { title: 'Mesh', panels: summaryPanels(SELECTOR) },
    {
      title: 'Traffic',
      panels: [
        {
          title: 'Requests by service',
          description: 'HTTP requests and gRPC calls a second.',
          unit: 'reqps',
          width: 12,
          stacked: true,
          queries: [{ expr: rate(SELECTOR, 'destination_service'), legend: '{{destination_service}}' }],
        },
        {
          title: 'Failures by service',
          description: 'Failed requests a second.',
          unit: 'reqps',
          width: 12,
          stacked: true,
          queries: [{ expr: failures(SELECTOR, 'destination_service'), legend: '{{destination_service}}' }],
        },
      ],
    },
    {
      title: 'Workloads',
      panels: [
        {
          title: 'HTTP and gRPC',
          description: 'Every workload that was called: requests, success and duration.',
          unit: 'short',
          kind: 'table',
          width: 24,
          height: 10,
          columns: COLUMNS,
          queries: [
            { expr: rate(SELECTOR, SERVICE), legend: 'Requests', unit: 'reqps' },
            { expr: success(SELECTOR, SERVICE), legend: 'Success', unit: 'percentunit' },
            { expr: quantile(0.5, DURATION, SELECTOR, SERVICE), legend: 'p50', unit: 'ms' },
            { expr: quantile(0.9, DURATION, SELECTOR, SERVICE), legend: 'p90', unit: 'ms' },
            { expr: quantile(0.99, DURATION, SELECTOR, SERVICE), legend: 'p99', unit: 'ms' },
          ],
        },
        {
          title: 'TCP',
          description: 'Every workload that has TCP connections: connections and bytes a second.',
          unit: 'short',
          kind: 'table',
          width: 24,
          height: 6,
          columns: COLUMNS,
          queries: [
            {
              expr: perSecond('istio_tcp_connections_opened_total', SELECTOR, SERVICE),
              legend: 'Connections',
              unit: 'cps',
            },
            { expr: perSecond('istio_tcp_received_bytes_total', SELECTOR, SERVICE), legend: 'Received', unit: 'Bps' },
            { expr: perSecond('istio_tcp_sent_bytes_total', SELECTOR, SERVICE), legend: 'Sent', unit: 'Bps' },
          ],
        },
      ],
    },
    {
      title: 'Security and versions',
      panels: [
        {
          title: 'Requests by security of the connection',
          description: 'Requests a second over mutual TLS and without it.',
          unit: 'reqps',
          width: 12,
          stacked: true,
          queries: [{ expr: rate(SELECTOR, 'connection_security_policy'), legend: '{{connection_security_policy}}' }],
        },
        {
          title: 'Components by version',
          description: 'Running components of the mesh; several versions of one are an upgrade under way.',
          unit: 'short',
          width: 12,
          queries: [{ expr: 'sum by (component, tag) (istio_build)', legend: '{{component}} {{tag}}' }],
        },
      ],
    },
  ],
};
