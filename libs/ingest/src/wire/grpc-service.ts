import type { GrpcServiceConfig } from '@malla/proxy-config';
import type { HeaderValue } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type { GrpcService } from '@malla/protos/gen/envoy/config/core/v3/grpc_service_pb';
import type { FieldReader } from './field-reader.ts';

/** A gRPC service behind a cluster, with the cluster alone; time-outs and metadata are refused. */
export function readGrpcCluster(reader: FieldReader<GrpcService>): string {
  return (
    reader.oneof('targetSpecifier', {
      envoyGrpc: (envoy) => envoy.take('clusterName'),
    }) ?? ''
  );
}

/** A gRPC service that is called per request. */
export function readGrpcService(reader: FieldReader<GrpcService> | undefined): GrpcServiceConfig {
  if (!reader) return { cluster: '', timeoutMs: 0, initialMetadata: [] };
  const initialMetadata = reader.messages('initialMetadata').map(readHeaderValue);
  return { cluster: readGrpcCluster(reader), timeoutMs: reader.duration('timeout') ?? 0, initialMetadata };
}

/** A header that is sent as it is; values that begin a command are refused. */
export function readHeaderValue(reader: FieldReader<HeaderValue>): readonly [name: string, value: string] {
  const value = plainHeaderText(reader.take('value'), (problem) => reader.refuse('value', problem));
  return [reader.take('key').toLowerCase(), value];
}

/** A header value without Envoy's commands: `%%` is the sign itself. */
export function plainHeaderText(value: string, tell: (problem: string) => void): string {
  if (value.replaceAll('%%', '').includes('%')) tell(`commands are not supported in ${JSON.stringify(value)}`);
  return value.replaceAll('%%', '%');
}
