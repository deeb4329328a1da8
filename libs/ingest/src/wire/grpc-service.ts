import type { GrpcServiceConfig } from '@malla/proxy-config';
import type { HeaderValue } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type { GrpcService } from '@malla/protos/gen/envoy/config/core/v3/grpc_service_pb';
import type { FieldReader } from './field-reader.ts';
import { plainHeaderText } from './header-text.ts';

/** A gRPC service behind a cluster, with the cluster alone; time-outs and metadata are refused. */
export function readGrpcCluster(reader: FieldReader<GrpcService>): string {
  return (
    reader.oneof('targetSpecifier', {
      envoyGrpc: (envoy) => envoy.take('clusterName'),
    }) ?? ''
  );
}

interface Target {
  readonly cluster: string;
  readonly authority: string;
}

/** A gRPC service behind a cluster, and the authority that calls to it name; empty for the cluster's name. */
function readTarget(reader: FieldReader<GrpcService>): Target {
  const target = reader.oneof<'targetSpecifier', Target>('targetSpecifier', {
    envoyGrpc: (envoy) => ({ cluster: envoy.take('clusterName'), authority: envoy.take('authority') }),
  });
  return target ?? { cluster: '', authority: '' };
}

/** A gRPC service that is called per request. */
export function readGrpcService(reader: FieldReader<GrpcService> | undefined): GrpcServiceConfig {
  if (!reader) return { cluster: '', timeoutMs: 0, initialMetadata: [] };
  const initialMetadata = reader.messages('initialMetadata').map(readHeaderValue);
  const { cluster, authority } = readTarget(reader);
  return {
    cluster,
    ...(authority !== '' && { authority }),
    timeoutMs: reader.duration('timeout') ?? 0,
    initialMetadata,
  };
}

/** A header that is sent as it is; values that begin a command are refused. */
export function readHeaderValue(reader: FieldReader<HeaderValue>): readonly [name: string, value: string] {
  const value = plainHeaderText(reader.take('value'), (problem) => reader.refuse('value', problem));
  return [reader.take('key').toLowerCase(), value];
}
