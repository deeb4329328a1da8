import type { MessageInitShape } from '@bufbuild/protobuf';
import type { InboundPortIr, TelemetryIr } from '@malla/ir';
import type { AccessLogFilterSchema, AccessLogSchema } from '@malla/protos/gen/envoy/config/accesslog/v3/accesslog_pb';
import { AccessLogType } from '@malla/protos/gen/envoy/data/accesslog/v3/accesslog_pb';
import {
  Config_Histogram_Unit,
  ConfigSchema,
} from '@malla/protos/gen/envoy/extensions/access_loggers/stats/v3/stats_pb';
import { extension } from '../wire/typed-config.ts';
import { destinationTags, grpcTags, httpTags, messagesTag, sourceTags, tcpTags, type Tag } from './labels.ts';

type AccessLog = MessageInitShape<typeof AccessLogSchema>;
type Filter = MessageInitShape<typeof AccessLogFilterSchema>;
type Stats = MessageInitShape<typeof ConfigSchema>;

/** Who reports a call, and what is known of it beforehand. */
export type Reporter = (
  | { readonly direction: 'outbound' }
  | {
      readonly direction: 'inbound';
      /** Undefined for ports that no Service names. */
      readonly port: InboundPortIr | undefined;
      readonly mutualTls: boolean;
    }
) & {
  /** Traces, and logs besides the one for policy-telemetry; absent: none. */
  readonly telemetry?: TelemetryIr | undefined;
};

/** Istio's metrics by Istio's names, without `istio_`. Source: https://istio.io/latest/docs/reference/config/metrics/ */
export type IstioMetric =
  | 'requests_total'
  | 'request_duration_milliseconds'
  | 'request_bytes'
  | 'response_bytes'
  | 'request_messages_total'
  | 'response_messages_total'
  | 'tcp_connections_opened_total'
  | 'tcp_connections_closed_total'
  | 'tcp_sent_bytes_total'
  | 'tcp_received_bytes_total';

/** Metrics that are not made. Those of messages go together: both must be off to save anything. */
export type DisabledMetrics = ReadonlySet<IstioMetric>;

const nothingDisabled: DisabledMetrics = new Set();

/**
 * Label sets of each metric that one logger of the proxy keeps apart. More are lost, and the proxy counts them as
 * `server.stats_overflow`: callers must not be able to fill its memory.
 */
export const maxLabelSets = 2_000;

/**
 * Makes a proxy count HTTP requests, and gRPC calls with their messages, by Istio's labels. The agent completes them: names, what the labels leave to
 * it, and messages (see `@malla/envoy-admin`).
 */
export function httpMetrics(reporter: Reporter, disabled: DisabledMetrics = nothingDisabled): AccessLog[] {
  const common = tagsOf(reporter, 'http');
  const grpc = [...common, ...grpcTags];
  return [
    logger(requestStats([...common, ...httpTags]), disabled, isGrpc(false)),
    logger(requestStats(grpc), disabled, isGrpc(true)),
    ...messages(grpc, disabled),
  ].filter((log) => log !== undefined);
}

/** Makes a proxy count TCP connections by Istio's labels. Bytes are counted when a connection ends. */
export function tcpMetrics(reporter: Reporter, disabled: DisabledMetrics = nothingDisabled): AccessLog[] {
  const tags = [...tagsOf(reporter, 'tcp'), ...tcpTags];
  const opened = { counters: [counter('tcp_connections_opened_total', tags, { valueFixed: 1n })] };
  const closed = {
    counters: [
      counter('tcp_connections_closed_total', tags, { valueFixed: 1n }),
      counter('tcp_sent_bytes_total', tags, { valueFormat: '%BYTES_SENT%' }),
      counter('tcp_received_bytes_total', tags, { valueFormat: '%BYTES_RECEIVED%' }),
    ],
  };
  return [
    logger(opened, disabled, ofType(AccessLogType.TcpUpstreamConnected)),
    logger(closed, disabled, ofType(AccessLogType.TcpConnectionEnd)),
  ].filter((log) => log !== undefined);
}

/** Entries of one moment in the life of a connection. */
export function ofType(type: AccessLogType): Filter {
  return { filterSpecifier: { case: 'logTypeFilter', value: { types: [type] } } };
}

function tagsOf(reporter: Reporter, traffic: 'http' | 'tcp'): readonly Tag[] {
  return reporter.direction === 'outbound' ? sourceTags(traffic) : destinationTags({ ...reporter, traffic });
}

function requestStats(tags: readonly Tag[]): Stats {
  return {
    counters: [counter('requests_total', tags, { valueFixed: 1n })],
    histograms: [
      histogram('request_duration_milliseconds', tags, '%DURATION%', Config_Histogram_Unit.Milliseconds),
      histogram('request_bytes', tags, '%BYTES_RECEIVED%', Config_Histogram_Unit.Bytes),
      histogram('response_bytes', tags, '%BYTES_SENT%', Config_Histogram_Unit.Bytes),
    ],
  };
}

/**
 * Calls by their numbers of messages, in a label: Envoy tells both numbers in one text, and counts by nothing but a number. The agent multiplies and
 * adds up. In a scope of its own, so that streams of many lengths take no room from other metrics.
 */
function messages(tags: readonly Tag[], disabled: DisabledMetrics): AccessLog[] {
  if (disabled.has('request_messages_total') && disabled.has('response_messages_total')) return [];
  const counters = [counter('grpc_calls_total', [...tags, messagesTag], { valueFixed: 1n })];
  return [stats({ counters }, isGrpc(true))];
}

/** Undefined when nothing is left to count. */
function logger(all: Stats, disabled: DisabledMetrics, filter: Filter): AccessLog | undefined {
  const wanted = <S extends { stat: { name: string } }>(each: S) => !disabled.has(each.stat.name as IstioMetric);
  const counters = (all.counters as ReturnType<typeof counter>[]).filter(wanted);
  const histograms = ((all.histograms ?? []) as ReturnType<typeof histogram>[]).filter(wanted);
  return counters.length + histograms.length === 0 ? undefined : stats({ counters, histograms }, filter);
}

function stats({ counters = [], histograms = [] }: Stats, filter: Filter): AccessLog {
  // Envoy prints `envoy_istio_<name>`. Without `sharing_name`: with it, Envoy 1.40 crashes when it shuts down.
  const statsScope = {
    prefix: 'istio',
    maxCounters: maxLabelSets * Math.max(1, counters.length),
    maxHistograms: maxLabelSets * Math.max(1, histograms.length),
  };
  return { ...extension('envoy.access_loggers.stats', ConfigSchema, { statsScope, counters, histograms }), filter };
}

function counter(name: string, tags: readonly Tag[], value: { valueFixed: bigint } | { valueFormat: string }) {
  return { stat: { name, tags: [...tags] }, ...value };
}

function histogram(name: string, tags: readonly Tag[], valueFormat: string, unit: Config_Histogram_Unit) {
  return { stat: { name, tags: [...tags] }, valueFormat, unit };
}

/** gRPC by the request's content type, as Envoy itself tells it; gRPC-Web is none. */
function isGrpc(wanted: boolean): Filter {
  return {
    filterSpecifier: {
      case: 'headerFilter',
      value: {
        header: {
          name: 'content-type',
          headerMatchSpecifier: {
            case: 'stringMatch',
            value: { matchPattern: { case: 'safeRegex', value: { regex: 'application/grpc([+;].*)?' } } },
          },
          ...(!wanted && { invertMatch: true, treatMissingHeaderAsEmpty: true }),
        },
      },
    },
  };
}
