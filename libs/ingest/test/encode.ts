import {
  createRegistry,
  fromJson,
  toBinary,
  type DescMessage,
  type JsonValue,
  type Registry,
} from '@bufbuild/protobuf';
import { ClusterSchema } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterLoadAssignmentSchema } from '@malla/protos/gen/envoy/config/endpoint/v3/endpoint_pb';
import { ListenerSchema } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { RouteConfigurationSchema } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import { SecretSchema } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { ingestCluster, ingestEndpoints, ingestListener, ingestRoutes, ingestSecret } from '../src/ingest.ts';
import type { IngestResult } from '../src/result.ts';
import { extensionTypes } from './extension-types.ts';

/** What may stand in an Any of a spec's resources. */
export const extensions: Registry = createRegistry(...extensionTypes);

/** A message from protobuf's JSON, in proto or JSON names. */
export function encode(schema: DescMessage, json: object): Uint8Array {
  return toBinary(schema, fromJson(schema, json as JsonValue, { registry: extensions }));
}

/** The JSON of an Any; `type` is the message's name without `envoy.`. */
export function any(type: string, fields: object = {}): object {
  return { '@type': `type.googleapis.com/envoy.${type}`, ...fields };
}

/** An extension by name and configuration. */
export function extension(type: string, fields: object = {}): object {
  return { name: type.split('.').at(-1), typed_config: any(type, fields) };
}

const types = {
  cluster: { schema: ClusterSchema, ingest: ingestCluster },
  endpoints: { schema: ClusterLoadAssignmentSchema, ingest: ingestEndpoints },
  listener: { schema: ListenerSchema, ingest: ingestListener },
  routes: { schema: RouteConfigurationSchema, ingest: ingestRoutes },
  secret: { schema: SecretSchema, ingest: ingestSecret },
} as const;

type Types = typeof types;
type ConfigOf<K extends keyof Types> = ReturnType<Types[K]['ingest']> extends IngestResult<string, infer C> ? C : never;

/** The configuration of a resource that must be accepted. */
export function accept<K extends keyof Types>(kind: K, json: object): ConfigOf<K> {
  const result = types[kind].ingest('', encode(types[kind].schema, json));
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.problems)}`);
  return result.config as ConfigOf<K>;
}

/** The paths of what is wrong with a resource; none when it is accepted. */
export function refusals(kind: keyof Types, json: object): string[] {
  const result = types[kind].ingest('', encode(types[kind].schema, json));
  return result.ok ? [] : result.problems.map(({ path }) => path);
}
