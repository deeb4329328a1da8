import { grpcRow, requestRow, summaryPanels, tcpRow } from '../traffic-rows.mjs';

const SELECTOR = 'destination_service=~"$service", source_workload_namespace=~"$client_namespace"';
const SERVER = `reporter="destination", ${SELECTOR}`;
const CLIENT = `reporter="source", ${SELECTOR}`;
const BY_CLIENT = { label: 'source_workload', name: 'client' };
const BY_SERVER = { label: 'destination_workload', name: 'workload' };

/** One service, from both sides. @type {import('../grafana.mjs').Dashboard} */
export const service = {
  uid: 'malla-service',
  title: 'Malla Service',
  description: 'One service, as the proxies of its workloads and of its clients see it.',
  variables: [
    { name: 'service', label: 'Service', metric: 'istio_requests_total', from: 'destination_service' },
    {
      name: 'client_namespace',
      label: "Clients' namespace",
      metric: 'istio_requests_total',
      from: 'source_workload_namespace',
    },
  ],
  rows: [
    { title: 'Service', panels: summaryPanels(SERVER) },
    requestRow('As its workloads see it', SERVER, BY_CLIENT),
    requestRow('As its clients see it: with the network, and what never arrived', CLIENT, BY_SERVER),
    grpcRow('gRPC', SERVER, BY_CLIENT),
    tcpRow('TCP', `reporter="destination", destination_service=~"$service"`, BY_SERVER),
  ],
};
