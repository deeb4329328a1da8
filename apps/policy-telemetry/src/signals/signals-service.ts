import { timestampFromMs, timestampMs, type Timestamp } from '@bufbuild/protobuf/wkt';
import type { CallInfo, ServiceHandlers } from '@malla/grpc';
import { MallaError } from '@malla/model';
import type { TelemetryQuery } from '@malla/protos/gen/malla/telemetry/v1/telemetry_pb';
import { controlPlaneServiceOf } from '@malla/spiffe';
import type { GraphEdge, SeriesPoint, Signal, SignalFigures } from '@malla/telemetry';
import { filterOf, graphDetailOf, reporterOf, seriesGroupOf } from './query-values.ts';
import type { SignalQueries } from './signal-queries.ts';

export interface SignalsServiceParams {
  readonly queries: Pick<SignalQueries, 'signals' | 'series' | 'graph'>;
  readonly trustDomain: string;
  readonly now: () => number;
}

const defaultGraphSeconds = 300n;

/** malla.telemetry.v1.TelemetryQuery, for Malla's own services. */
export function signalsHandlers({
  queries,
  trustDomain,
  now,
}: SignalsServiceParams): ServiceHandlers<typeof TelemetryQuery> {
  return {
    async signals(request, call) {
      requireControlPlane(call, trustDomain);
      const windowMs = request.windowSeconds > 0n ? Number(request.windowSeconds) * 1_000 : undefined;
      const { signals, span } = await queries.signals(windowMs, filterOf(request));
      return { signals: signals.map(toSignal), from: timestampFromMs(span.from), to: timestampFromMs(span.to) };
    },
    async series(request, call) {
      requireControlPlane(call, trustDomain);
      const reporter = reporterOf(request.reporter);
      const series = await queries.series({
        span: { from: msOf(request.from) ?? 0, to: msOf(request.to) ?? now() },
        stepMs: Number(request.stepSeconds) * 1_000,
        by: seriesGroupOf(request.by),
        filter: filterOf(request),
        ...(reporter !== undefined && { reporter }),
      });
      return { series: series.map(({ points, ...names }) => ({ ...names, points: points.map(toPoint) })) };
    },
    async graph(request, call) {
      requireControlPlane(call, trustDomain);
      const seconds = request.windowSeconds > 0n ? request.windowSeconds : defaultGraphSeconds;
      const detail = graphDetailOf(request.detail);
      const { nodes, edges } = await queries.graph(Number(seconds) * 1_000, detail, filterOf(request));
      return { nodes: nodes.map((node) => ({ ...node, versions: [...node.versions] })), edges: edges.map(toEdge) };
    },
  };
}

function requireControlPlane({ peer }: CallInfo, trustDomain: string): void {
  if (peer === undefined || controlPlaneServiceOf(peer, trustDomain) === undefined)
    throw new MallaError('permission_denied', 'golden signals are answered to services of the control plane');
}

function msOf(timestamp: Timestamp | undefined): number | undefined {
  return timestamp && timestampMs(timestamp);
}

/** Figures as the messages have them: counts as 64-bit numbers. */
function figuresOf({ requests, errors, connections, bytesSent, bytesReceived, p50Ms, p90Ms, p99Ms }: SignalFigures) {
  return {
    requests: BigInt(requests),
    errors: BigInt(errors),
    connections: BigInt(connections),
    bytesSent: BigInt(bytesSent),
    bytesReceived: BigInt(bytesReceived),
    p50Ms,
    p90Ms,
    p99Ms,
  };
}

function toSignal({ requestsByCode, ...signal }: Signal) {
  return {
    ...signal,
    ...figuresOf({ requestsByCode, ...signal }),
    connectionSecurityPolicy: signal.connectionSecurity,
    requestsByCode: Object.fromEntries(Object.entries(requestsByCode).map(([code, count]) => [code, BigInt(count)])),
  };
}

function toPoint(point: SeriesPoint) {
  const { time, rate, errorRate } = point;
  return { ...figuresOf(point), time: timestampFromMs(time), rate, errorRate };
}

function toEdge(edge: GraphEdge) {
  const { source, destination, protocol, rate, errorRate, mutualTls } = edge;
  return {
    ...figuresOf(edge),
    source,
    destination,
    protocol,
    rate,
    errorRate,
    ...(mutualTls !== undefined && { mutualTls }),
  };
}
