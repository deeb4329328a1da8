import type { AccessLogConfig } from '@malla/proxy-config';
import { ApiVersion } from '@malla/protos/gen/envoy/config/core/v3/config_source_pb';
import type {
  CommonGrpcAccessLogConfig,
  HttpGrpcAccessLogConfig,
  TcpGrpcAccessLogConfig,
} from '@malla/protos/gen/envoy/extensions/access_loggers/grpc/v3/als_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readGrpcCluster } from '../wire/grpc-service.ts';

type Sink = Extract<AccessLogConfig['sink'], { readonly kind: 'grpc' }>;

/** Entries about requests by stream to an access-log service. */
export function readHttpGrpcSink(reader: FieldReader<HttpGrpcAccessLogConfig>): Sink {
  const names = (list: readonly string[]) => list.map((name) => name.toLowerCase());
  return {
    ...readCommon(reader.message('commonConfig')),
    protocol: 'http',
    headers: {
      request: names(reader.take('additionalRequestHeadersToLog')),
      response: names(reader.take('additionalResponseHeadersToLog')),
      trailers: names(reader.take('additionalResponseTrailersToLog')),
    },
  };
}

/** Entries about TCP connections. */
export function readTcpGrpcSink(reader: FieldReader<TcpGrpcAccessLogConfig>): Sink {
  const headers = { request: [], response: [], trailers: [] };
  return { ...readCommon(reader.message('commonConfig')), protocol: 'tcp', headers };
}

function readCommon(reader: FieldReader<CommonGrpcAccessLogConfig> | undefined) {
  if (!reader) return { kind: 'grpc' as const, logName: '', cluster: '' };
  reader.choice('transportApiVersion', { [ApiVersion.V3]: true });
  // How many entries travel together is the sender's own decision; none is lost by it.
  reader.ignore('bufferFlushInterval', 'bufferSizeBytes');
  const service = reader.message('grpcService');
  return {
    kind: 'grpc' as const,
    logName: reader.take('logName'),
    cluster: service ? readGrpcCluster(service) : '',
  };
}
