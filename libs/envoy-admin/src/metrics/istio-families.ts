/** One of Istio's metrics, without its labels. */
export interface IstioFamily {
  readonly name: string;
  readonly type: 'counter' | 'histogram';
  readonly traffic: 'HTTP and gRPC' | 'gRPC' | 'TCP';
  readonly help: string;
}

/** Istio's standard metrics of traffic, in the order of its page. Source: https://istio.io/latest/docs/reference/config/metrics/ */
export const istioFamilies: readonly IstioFamily[] = [
  http('istio_requests_total', 'counter', 'Requests that the proxy handled.'),
  http('istio_request_duration_milliseconds', 'histogram', 'Duration of requests, in milliseconds.'),
  http('istio_request_bytes', 'histogram', 'Size of request bodies, in bytes.'),
  http('istio_response_bytes', 'histogram', 'Size of response bodies, in bytes.'),
  grpc('istio_request_messages_total', 'Messages that gRPC clients sent.'),
  grpc('istio_response_messages_total', 'Messages that gRPC servers sent.'),
  tcp('istio_tcp_sent_bytes_total', 'Bytes sent in responses of TCP connections that have ended.'),
  tcp('istio_tcp_received_bytes_total', 'Bytes received in requests of TCP connections that have ended.'),
  tcp('istio_tcp_connections_opened_total', 'TCP connections opened.'),
  tcp('istio_tcp_connections_closed_total', 'TCP connections closed.'),
];

function http(name: string, type: IstioFamily['type'], help: string): IstioFamily {
  return { name, type, traffic: 'HTTP and gRPC', help };
}

function grpc(name: string, help: string): IstioFamily {
  return { name, type: 'counter', traffic: 'gRPC', help };
}

function tcp(name: string, help: string): IstioFamily {
  return { name, type: 'counter', traffic: 'TCP', help };
}
