import { requestRow, summaryPanels } from '../traffic-rows.mjs';

const SELECTOR = 'reporter="source", source_workload_namespace=~"$namespace", source_app=~"$gateway"';
const BY_SERVICE = { label: 'destination_service', name: 'service' };

/** What comes in by gateways, as they see it. @type {import('../grafana.mjs').Dashboard} */
export const gateway = {
  uid: 'malla-gateway',
  title: 'Malla Gateway',
  description: 'Requests that gateways pass on, by service. Choose the gateway by its label app.',
  variables: [
    { name: 'namespace', label: 'Namespace', metric: 'istio_requests_total', from: 'source_workload_namespace' },
    {
      name: 'gateway',
      label: 'Gateway',
      metric: 'istio_requests_total{source_app=~".*gateway.*"}',
      from: 'source_app',
    },
  ],
  rows: [
    { title: 'Gateway', panels: summaryPanels(SELECTOR) },
    requestRow('Requests that it passes on', SELECTOR, BY_SERVICE),
    {
      title: 'Clients',
      panels: [
        {
          title: 'Open connections of clients',
          description: 'Connections to HTTP listeners of proxies, by instance.',
          unit: 'short',
          width: 12,
          queries: [{ expr: 'sum by (instance) (envoy_http_downstream_cx_active)', legend: '{{instance}}' }],
        },
        {
          title: 'Requests to hosts that nobody serves',
          description: 'Requests a second that found no route, by gateway.',
          unit: 'reqps',
          width: 12,
          queries: [
            {
              expr: `sum by (source_app) (rate(istio_requests_total{${SELECTOR}, destination_service="unknown"}[$__rate_interval])) or sum by (source_app) (rate(istio_requests_total{${SELECTOR}}[$__rate_interval])) * 0`,
              legend: '{{source_app}}',
            },
          ],
        },
      ],
    },
  ],
};
