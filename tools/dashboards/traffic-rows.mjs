// Rows about the traffic of one side of calls, which the dashboards of services, workloads and gateways share.
import { failures, perSecond, quantile, quantiles, rate, success } from './queries.mjs';

const DURATION = 'istio_request_duration_milliseconds';

/**
 * Golden signals of HTTP and gRPC.
 * @param {string} title
 * @param {string} selector of Istio's metrics
 * @param {{ label: string, name: string }} other the label of the other side, and what it is called
 */
export function requestRow(title, selector, { label, name }) {
  return {
    title,
    panels: [
      {
        title: `Requests by ${name}`,
        description: `HTTP requests and gRPC calls a second, by ${name}.`,
        unit: 'reqps',
        queries: [{ expr: rate(selector, label), legend: `{{${label}}}` }],
      },
      {
        title: `Success by ${name}`,
        description: `Share of requests that did not fail (5xx, or a gRPC status that is the server's fault), by ${name}.`,
        unit: 'percentunit',
        max: 1,
        queries: [{ expr: success(selector, label), legend: `{{${label}}}` }],
      },
      {
        title: 'Requests by response',
        description: 'Requests a second by status of the response, with flags of the proxy (`-`: none).',
        unit: 'reqps',
        stacked: true,
        queries: [
          { expr: rate(selector, 'response_code, response_flags'), legend: '{{response_code}} {{response_flags}}' },
        ],
      },
      {
        title: 'Duration',
        description: 'Time from the first byte of a request to the last of its response.',
        unit: 'ms',
        queries: quantiles(DURATION, selector),
      },
      {
        title: `99th percentile of duration by ${name}`,
        description: `One request of a hundred takes longer, by ${name}.`,
        unit: 'ms',
        queries: [{ expr: quantile(0.99, DURATION, selector, label), legend: `{{${label}}}` }],
      },
      {
        title: 'Sizes',
        description: '90th percentile of the bytes of request and response bodies.',
        unit: 'bytes',
        queries: [
          { expr: quantile(0.9, 'istio_request_bytes', selector), legend: 'requests' },
          { expr: quantile(0.9, 'istio_response_bytes', selector), legend: 'responses' },
        ],
      },
    ],
  };
}

/** Messages of gRPC calls. */
export function grpcRow(title, selector, { label, name }) {
  return {
    title,
    panels: [
      {
        title: `Messages sent by clients, by ${name}`,
        description: `Messages of gRPC requests a second, counted when a call ends, by ${name}.`,
        unit: 'mps',
        width: 8,
        queries: [{ expr: perSecond('istio_request_messages_total', selector, label), legend: `{{${label}}}` }],
      },
      {
        title: `Messages sent by servers, by ${name}`,
        description: `Messages of gRPC responses a second, counted when a call ends, by ${name}.`,
        unit: 'mps',
        width: 8,
        queries: [{ expr: perSecond('istio_response_messages_total', selector, label), legend: `{{${label}}}` }],
      },
      {
        title: 'Calls by gRPC status',
        description: 'gRPC calls a second by status; 0 is OK.',
        unit: 'reqps',
        width: 8,
        stacked: true,
        queries: [
          {
            expr: rate(`${selector}, request_protocol="grpc"`, 'grpc_response_status'),
            legend: '{{grpc_response_status}}',
          },
        ],
      },
    ],
  };
}

/** TCP connections and their bytes. */
export function tcpRow(title, selector, { label, name }) {
  return {
    title,
    panels: [
      {
        title: 'Connections opened and closed',
        description: 'TCP connections a second.',
        unit: 'cps',
        queries: [
          { expr: perSecond('istio_tcp_connections_opened_total', selector), legend: 'opened' },
          { expr: perSecond('istio_tcp_connections_closed_total', selector), legend: 'closed' },
        ],
      },
      {
        title: `Bytes received by ${name}`,
        description: `Bytes a second that clients sent over TCP, counted when a connection ends, by ${name}.`,
        unit: 'Bps',
        queries: [{ expr: perSecond('istio_tcp_received_bytes_total', selector, label), legend: `{{${label}}}` }],
      },
      {
        title: `Bytes sent by ${name}`,
        description: `Bytes a second that servers sent over TCP, counted when a connection ends, by ${name}.`,
        unit: 'Bps',
        queries: [{ expr: perSecond('istio_tcp_sent_bytes_total', selector, label), legend: `{{${label}}}` }],
      },
    ],
  };
}

/** A few big numbers. */
export function summaryPanels(selector) {
  return [
    {
      title: 'Requests',
      description: 'HTTP requests and gRPC calls a second.',
      unit: 'reqps',
      kind: 'stat',
      width: 6,
      queries: [{ expr: rate(selector), legend: 'requests' }],
    },
    {
      title: 'Success',
      description: 'Share of requests that did not fail.',
      unit: 'percentunit',
      kind: 'stat',
      width: 6,
      queries: [{ expr: success(selector), legend: 'success' }],
    },
    {
      title: 'Failures',
      description: 'Failed requests a second.',
      unit: 'reqps',
      kind: 'stat',
      width: 6,
      queries: [{ expr: failures(selector), legend: 'failures' }],
    },
    {
      title: '99th percentile of duration',
      description: 'One request of a hundred takes longer.',
      unit: 'ms',
      kind: 'stat',
      width: 6,
      queries: [{ expr: quantile(0.99, DURATION, selector), legend: 'p99' }],
    },
  ];
}
