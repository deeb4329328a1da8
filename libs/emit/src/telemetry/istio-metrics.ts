import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  grpcCalls,
  type InboundPortIr,
  type IstioMetric,
  type MetricChangeIr,
  type MetricsIr,
  type TelemetryIr,
} from '@malla/ir';
import type { AccessLogFilterSchema, AccessLogSchema } from '@malla/protos/gen/envoy/config/accesslog/v3/accesslog_pb';
import { AccessLogType } from '@malla/protos/gen/envoy/data/accesslog/v3/accesslog_pb';
import {
  Config_Histogram_Unit,
  ConfigSchema,
} from '@malla/protos/gen/envoy/extensions/access_loggers/stats/v3/stats_pb';
import { extension } from '../wire/typed-config.ts';
import { changedTags } from './changed-tags.ts';
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
  /** Traces, logs besides the one for policy-telemetry, and what is otherwise with metrics; absent: none. */
  readonly telemetry?: TelemetryIr | undefined;
};

/**
 * Label sets of each metric that one logger of the proxy keeps apart. More are lost, and the proxy counts them as
 * `server.stats_overflow`: callers must not be able to fill its memory.
 */
export const maxLabelSets = 2_000;

/**
 * Makes a proxy count HTTP requests, and gRPC calls with their messages, by Istio's labels. The agent completes them: names, what the labels leave to
 * it, and messages (see `@malla/envoy-admin`).
 */
export function httpMetrics(reporter: Reporter): AccessLog[] {
  const common = tagsOf(reporter, 'http');
  const grpc = [...common, ...grpcTags];
  const changes = reporter.telemetry?.metrics ?? {};
  return [
    logger(requestStats([...common, ...httpTags], changes), isGrpc(false)),
    logger(requestStats(grpc, changes), isGrpc(true)),
    logger(callStats(grpc, changes), isGrpc(true)),
  ].filter((log) => log !== undefined);
}

/** Makes a proxy count TCP connections by Istio's labels. Bytes are counted when a connection ends. */
export function tcpMetrics(reporter: Reporter): AccessLog[] {
  const tags = [...tagsOf(reporter, 'tcp'), ...tcpTags];
  const changes = reporter.telemetry?.metrics ?? {};
  const opened = { counters: counter('tcp_connections_opened_total', tags, changes, { valueFixed: 1n }) };
  const closed = {
    counters: [
      ...counter('tcp_connections_closed_total', tags, changes, { valueFixed: 1n }),
      ...counter('tcp_sent_bytes_total', tags, changes, { valueFormat: '%BYTES_SENT%' }),
      ...counter('tcp_received_bytes_total', tags, changes, { valueFormat: '%BYTES_RECEIVED%' }),
    ],
  };
  return [
    logger(opened, ofType(AccessLogType.TcpUpstreamConnected)),
    logger(closed, ofType(AccessLogType.TcpConnectionEnd)),
  ].filter((log) => log !== undefined);
}

/** Entries of one moment in the life of a connection. */
export function ofType(type: AccessLogType): Filter {
  return { filterSpecifier: { case: 'logTypeFilter', value: { types: [type] } } };
}

function tagsOf(reporter: Reporter, traffic: 'http' | 'tcp'): readonly Tag[] {
  return reporter.direction === 'outbound' ? sourceTags(traffic) : destinationTags({ ...reporter, traffic });
}

function requestStats(tags: readonly Tag[], changes: MetricsIr): Stats {
  const { Milliseconds, Bytes } = Config_Histogram_Unit;
  return {
    counters: counter('requests_total', tags, changes, { valueFixed: 1n }),
    histograms: [
      ...histogram('request_duration_milliseconds', tags, changes, { valueFormat: '%DURATION%', unit: Milliseconds }),
      ...histogram('request_bytes', tags, changes, { valueFormat: '%BYTES_RECEIVED%', unit: Bytes }),
      ...histogram('response_bytes', tags, changes, { valueFormat: '%BYTES_SENT%', unit: Bytes }),
    ],
  };
}

/**
 * Calls by their numbers of messages, in a label: Envoy tells both numbers in one text, and counts by nothing but a number. The agent multiplies and
 * adds up. In a scope of its own, so that streams of many lengths take no room from other metrics. One counter serves both directions while they have
 * the same labels.
 */
function callStats(tags: readonly Tag[], changes: MetricsIr): Stats {
  const calls = (name: string, change: MetricChangeIr | undefined) =>
    counters(name, [...tags, messagesTag], change, { valueFixed: 1n });
  const { request_messages_total: requests, response_messages_total: responses } = changes;
  if (JSON.stringify(requests) === JSON.stringify(responses)) return { counters: calls(grpcCalls.both, requests) };
  return { counters: [...calls(grpcCalls.requests, requests), ...calls(grpcCalls.responses, responses)] };
}

/** Undefined when nothing is left to count. */
function logger({ counters = [], histograms = [] }: Stats, filter: Filter): AccessLog | undefined {
  if (counters.length + histograms.length === 0) return undefined;
  // Envoy prints `envoy_istio_<name>`. Without `sharing_name`: with it, Envoy 1.40 crashes when it shuts down.
  const statsScope = {
    prefix: 'istio',
    maxCounters: maxLabelSets * Math.max(1, counters.length),
    maxHistograms: maxLabelSets * Math.max(1, histograms.length),
  };
  return { ...extension('envoy.access_loggers.stats', ConfigSchema, { statsScope, counters, histograms }), filter };
}

type CounterValue = { readonly valueFixed: bigint } | { readonly valueFormat: string };

function counter(name: IstioMetric, tags: readonly Tag[], changes: MetricsIr, value: CounterValue) {
  return counters(name, tags, changes[name], value);
}

/** None when it is switched off. */
function counters(name: string, tags: readonly Tag[], change: MetricChangeIr | undefined, value: CounterValue) {
  return change?.kind === 'off' ? [] : [{ stat: { name, tags: [...changedTags(tags, change)] }, ...value }];
}

function histogram(
  name: IstioMetric,
  tags: readonly Tag[],
  changes: MetricsIr,
  value: { readonly valueFormat: string; readonly unit: Config_Histogram_Unit },
) {
  const change = changes[name];
  return change?.kind === 'off' ? [] : [{ stat: { name, tags: [...changedTags(tags, change)] }, ...value }];
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
