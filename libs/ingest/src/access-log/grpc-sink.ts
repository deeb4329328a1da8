import type { AccessLogConfig } from '@malla/proxy-config';
import { ApiVersion } from '@malla/protos/gen/envoy/config/core/v3/config_source_pb';
import type { CommonGrpcAccessLogConfig } from '@malla/protos/gen/envoy/extensions/access_loggers/grpc/v3/als_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readGrpcCluster } from '../wire/grpc-service.ts';

/** Entries by stream to an access-log service. */
export function readGrpcSink(
  reader: FieldReader<CommonGrpcAccessLogConfig> | undefined,
  protocol: 'http' | 'tcp',
): AccessLogConfig['sink'] {
  if (!reader) return { kind: 'grpc', protocol, logName: '', cluster: '' };
  reader.choice('transportApiVersion', { [ApiVersion.V3]: true });
  // How many entries travel together is the sender's own decision; none is lost by it.
  reader.ignore('bufferFlushInterval', 'bufferSizeBytes');
  const service = reader.message('grpcService');
  return {
    kind: 'grpc',
    protocol,
    logName: reader.take('logName'),
    cluster: service ? readGrpcCluster(service) : '',
  };
}
