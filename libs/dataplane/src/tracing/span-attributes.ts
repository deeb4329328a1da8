import type { HttpFacts, LogFacts } from '../access-log/log-facts.ts';
import { grpcStatusNumber } from '../access-log/http-operators.ts';
import { isGrpcContentType } from '../http/stream/grpc.ts';
import { grpcFailures, type SpanAttribute } from './span.ts';
import type { SpanMaker } from './span-maker.ts';

/** What Envoy tells of a request in its span, by Envoy's names. Source: Envoy's HttpTracerUtility::finalizeDownstreamSpan */
export function serverAttributes(facts: LogFacts, { config, services }: SpanMaker): SpanAttribute[] {
  const { http } = facts;
  const attributes: SpanAttribute[] = [
    ['node_id', services.nodeId ?? ''],
    ['zone', services.nodeZone ?? ''],
  ];
  if (http !== undefined) attributes.push(...requestAttributes(facts, http, config.maxPathLength));
  attributes.push(
    ['request_size', String(facts.bytesReceived)],
    ['response_size', String(facts.bytesSent)],
    ...commonAttributes(facts, http?.status ?? 0),
  );
  const grpc = grpcAttributes(facts);
  attributes.push(...grpc);
  const status = http?.status ?? 0;
  if ((status === 0 || status >= 500) && !grpc.some(([name]) => name === 'error')) attributes.push(['error', 'true']);
  return attributes;
}

function grpcAttributes(facts: LogFacts): SpanAttribute[] {
  const status = grpcStatusNumber(facts);
  if (status === undefined) return [];
  const { http } = facts;
  const message = http?.trailers?.get('grpc-message') ?? http?.response?.get('grpc-message');
  return [
    ['grpc.status_code', String(status)],
    ...(message === undefined ? [] : ([['grpc.message', message]] as const)),
    ...(grpcFailures.has(status) ? ([['error', 'true']] as const) : []),
  ];
}

function requestAttributes({ connection }: LogFacts, http: HttpFacts, maxPathLength: number): SpanAttribute[] {
  const { request } = http;
  const path = http.originalPath ?? http.path;
  const scheme = request.get('x-forwarded-proto') ?? http.scheme;
  const attributes: SpanAttribute[] = [];
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined) attributes.push([name, value]);
  };
  add('guid:x-request-id', request.get('x-request-id'));
  add('http.url', `${scheme}://${http.authority}${path.slice(0, maxPathLength)}`);
  add('http.method', http.method);
  add('downstream_cluster', request.get('x-envoy-downstream-service-cluster') ?? '-');
  add('user_agent', request.get('user-agent') ?? '-');
  add('http.protocol', http.protocol ?? '-');
  add('peer.address', connection.remote.address);
  add('guid:x-client-trace-id', request.get('x-client-trace-id'));
  if (!isGrpcContentType(request.get('content-type'))) return attributes;
  add('grpc.path', http.path);
  add('grpc.authority', http.authority);
  add('grpc.content_type', request.get('content-type'));
  add('grpc.timeout', request.get('grpc-timeout'));
  return attributes;
}

/** What Envoy tells of one try. Source: Envoy's HttpTracerUtility::finalizeUpstreamSpan */
export function attemptAttributes(facts: LogFacts, status: number): SpanAttribute[] {
  const end = facts.upstream?.hostEnd;
  const address = end === undefined ? undefined : end.port === 0 ? end.address : hostPort(end.address, end.port);
  const protocol = facts.upstream?.remoteEnd === undefined ? '-' : (facts.http?.protocol ?? '-');
  return [
    ['http.protocol', protocol],
    ...(address === undefined
      ? []
      : ([
          ['upstream_address', address],
          ['peer.address', address],
        ] as const)),
    ...grpcAttributes(facts),
    ...commonAttributes(facts, status),
  ];
}

function commonAttributes({ upstream, flags }: LogFacts, status: number): SpanAttribute[] {
  const cluster = upstream?.config;
  return [
    ['component', 'proxy'],
    ...(cluster === undefined
      ? []
      : ([
          ['upstream_cluster', cluster.name],
          ['upstream_cluster.name', cluster.statName ?? cluster.name],
        ] as const)),
    ['http.status_code', String(status)],
    ['response_flags', flags === '' ? '-' : flags],
  ];
}

function hostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
