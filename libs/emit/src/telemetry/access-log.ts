import type { MessageInitShape } from '@bufbuild/protobuf';
import { accessLogNames, agentAccessLogCluster } from '@malla/ir';
import type { AccessLogSchema } from '@malla/protos/gen/envoy/config/accesslog/v3/accesslog_pb';
import { ApiVersion } from '@malla/protos/gen/envoy/config/core/v3/config_source_pb';
import { AccessLogType } from '@malla/protos/gen/envoy/data/accesslog/v3/accesslog_pb';
import {
  HttpGrpcAccessLogConfigSchema,
  TcpGrpcAccessLogConfigSchema,
} from '@malla/protos/gen/envoy/extensions/access_loggers/grpc/v3/als_pb';
import { extension } from '../wire/typed-config.ts';
import { fileLogs } from './file-logs.ts';
import { httpMetrics, ofType, tcpMetrics, type Reporter } from './istio-metrics.ts';

type AccessLog = MessageInitShape<typeof AccessLogSchema>;

/** Metrics and access logs of HTTP requests. */
export function httpAccessLogs(reporter: Reporter): AccessLog[] {
  return [
    ...fileLogs(reporter.telemetry?.accessLogs ?? [], 'http'),
    ...httpMetrics(reporter),
    extension('envoy.access_loggers.http_grpc', HttpGrpcAccessLogConfigSchema, {
      commonConfig: grpcLog(reporter),
      ...grpcHeaders,
    }),
  ];
}

/** Metrics and access logs of TCP connections. */
export function tcpAccessLogs(reporter: Reporter): AccessLog[] {
  const log = extension('envoy.access_loggers.tcp_grpc', TcpGrpcAccessLogConfigSchema, {
    commonConfig: grpcLog(reporter),
  });
  return [
    ...fileLogs(reporter.telemetry?.accessLogs ?? [], 'tcp'),
    ...tcpMetrics(reporter),
    { ...log, filter: ofType(AccessLogType.TcpConnectionEnd) },
  ];
}

/** What tells gRPC calls, and whether they failed: their HTTP status does not. */
const grpcHeaders = {
  additionalRequestHeadersToLog: ['content-type'],
  additionalResponseHeadersToLog: ['grpc-status'],
  additionalResponseTrailersToLog: ['grpc-status'],
};

/** Makes Envoy log a TCP connection when it opens too. */
export const tcpAccessLogOptions = { flushAccessLogOnConnected: true };

function grpcLog({ direction }: Reporter) {
  return {
    logName: accessLogNames[direction],
    transportApiVersion: ApiVersion.V3,
    grpcService: {
      targetSpecifier: { case: 'envoyGrpc' as const, value: { clusterName: agentAccessLogCluster } },
    },
  };
}
