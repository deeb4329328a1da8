import type { MessageInitShape } from '@bufbuild/protobuf';
import { accessLogNames, agentAccessLogCluster, type InboundPortIr, type Protocol } from '@malla/ir';
import type { AccessLogSchema } from '@malla/protos/gen/envoy/config/accesslog/v3/accesslog_pb';
import { ApiVersion } from '@malla/protos/gen/envoy/config/core/v3/config_source_pb';
import { AccessLogType } from '@malla/protos/gen/envoy/data/accesslog/v3/accesslog_pb';
import {
  HttpGrpcAccessLogConfigSchema,
  TcpGrpcAccessLogConfigSchema,
} from '@malla/protos/gen/envoy/extensions/access_loggers/grpc/v3/als_pb';
import {
  Config_Histogram_Unit,
  ConfigSchema,
} from '@malla/protos/gen/envoy/extensions/access_loggers/stats/v3/stats_pb';
import { extension } from '../wire/typed-config.ts';
import { destinationTags, flagsTag, httpTags, sourceTags } from './labels.ts';

type AccessLog = MessageInitShape<typeof AccessLogSchema>;
type Tags = typeof sourceTags;

/** Who reports a call, and what is known of it beforehand. */
export type Reporter =
  | { readonly direction: 'outbound' }
  | {
      readonly direction: 'inbound';
      /** Undefined for ports that no Service names. */
      readonly port: InboundPortIr | undefined;
      readonly protocol: Protocol;
      readonly mutualTls: boolean;
    };

/** Metrics and access log of HTTP requests. */
export function httpAccessLogs(reporter: Reporter): AccessLog[] {
  const tags = [...tagsOf(reporter), ...httpTags, flagsTag];
  return [
    extension('envoy.access_loggers.stats', ConfigSchema, {
      statsScope,
      counters: [counter('requests_total', tags, { valueFixed: 1n })],
      histograms: [
        histogram('request_duration_milliseconds', tags, '%DURATION%', Config_Histogram_Unit.Milliseconds),
        histogram('request_bytes', tags, '%BYTES_RECEIVED%', Config_Histogram_Unit.Bytes),
        histogram('response_bytes', tags, '%BYTES_SENT%', Config_Histogram_Unit.Bytes),
      ],
    }),
    extension('envoy.access_loggers.http_grpc', HttpGrpcAccessLogConfigSchema, { commonConfig: grpcLog(reporter) }),
  ];
}

/** Metrics and access log of TCP connections. */
export function tcpAccessLogs(reporter: Reporter): AccessLog[] {
  const tags = [...tagsOf(reporter), flagsTag];
  const opened = extension('envoy.access_loggers.stats', ConfigSchema, {
    statsScope,
    counters: [counter('tcp_connections_opened_total', tags, { valueFixed: 1n })],
  });
  const closed = extension('envoy.access_loggers.stats', ConfigSchema, {
    statsScope,
    counters: [
      counter('tcp_connections_closed_total', tags, { valueFixed: 1n }),
      counter('tcp_sent_bytes_total', tags, { valueFormat: '%BYTES_SENT%' }),
      counter('tcp_received_bytes_total', tags, { valueFormat: '%BYTES_RECEIVED%' }),
    ],
  });
  const log = extension('envoy.access_loggers.tcp_grpc', TcpGrpcAccessLogConfigSchema, {
    commonConfig: grpcLog(reporter),
  });
  return [
    { ...opened, filter: only(AccessLogType.TcpUpstreamConnected) },
    { ...closed, filter: only(AccessLogType.TcpConnectionEnd) },
    { ...log, filter: only(AccessLogType.TcpConnectionEnd) },
  ];
}

/** Makes Envoy log a TCP connection when it opens too. */
export const tcpAccessLogOptions = { flushAccessLogOnConnected: true };

/** Envoy prints `envoy_istio_<name>`. Without `sharing_name`: with it, Envoy 1.40 crashes when it shuts down. */
const statsScope = { prefix: 'istio' };

function tagsOf(reporter: Reporter): Tags {
  return reporter.direction === 'outbound' ? sourceTags : destinationTags(reporter);
}

function counter(name: string, tags: Tags, value: { valueFixed: bigint } | { valueFormat: string }) {
  return { stat: { name, tags: [...tags] }, ...value };
}

function histogram(name: string, tags: Tags, valueFormat: string, unit: Config_Histogram_Unit) {
  return { stat: { name, tags: [...tags] }, valueFormat, unit };
}

function grpcLog({ direction }: Reporter) {
  return {
    logName: accessLogNames[direction],
    transportApiVersion: ApiVersion.V3,
    grpcService: {
      targetSpecifier: { case: 'envoyGrpc' as const, value: { clusterName: agentAccessLogCluster } },
    },
  };
}

function only(type: AccessLogType) {
  return { filterSpecifier: { case: 'logTypeFilter' as const, value: { types: [type] } } };
}
