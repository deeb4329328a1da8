import { fromBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import type {
  ClusterConfig,
  EndpointsConfig,
  ListenerConfig,
  RouteTableConfig,
  SecretConfig,
} from '@malla/proxy-config';
import { ClusterSchema } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterLoadAssignmentSchema } from '@malla/protos/gen/envoy/config/endpoint/v3/endpoint_pb';
import { ListenerSchema } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { RouteConfigurationSchema } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import { SecretSchema } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { readCluster } from './cluster/cluster.ts';
import { readEndpoints } from './cluster/endpoints.ts';
import { readListener } from './listener/listener.ts';
import type { IngestResult } from './result.ts';
import { readRouteTable } from './route/route-table.ts';
import { readSecret } from './tls/secret.ts';
import type { Environment } from './wire/environment-text.ts';
import { FieldReader } from './wire/field-reader.ts';
import { Reading } from './wire/reading.ts';

/** A resource of any of the five types. */
export type IngestedResource =
  | IngestResult<'listener', ListenerConfig>
  | IngestResult<'cluster', ClusterConfig>
  | IngestResult<'endpoints', EndpointsConfig>
  | IngestResult<'routes', RouteTableConfig>
  | IngestResult<'secret', SecretConfig>;

/** A listener (LDS). `environment` is what its spans tell of the process. */
export function ingestListener(
  name: string,
  bytes: Uint8Array,
  environment: Environment = {},
): IngestResult<'listener', ListenerConfig> {
  return ingest(ListenerSchema, bytes, 'listener', name, readListener, ({ name: own }) => own, environment);
}

/** A cluster (CDS). `environment` is what its `%ENVIRONMENT(NAME)%` stand for. */
export function ingestCluster(
  name: string,
  bytes: Uint8Array,
  environment: Environment = {},
): IngestResult<'cluster', ClusterConfig> {
  return ingest(ClusterSchema, bytes, 'cluster', name, readCluster, ({ name: own }) => own, environment);
}

/** The endpoints of a cluster (EDS). */
export function ingestEndpoints(name: string, bytes: Uint8Array): IngestResult<'endpoints', EndpointsConfig> {
  const read = (reader: FieldReader<MessageShape<typeof ClusterLoadAssignmentSchema>>) => readEndpoints(reader, 'ip');
  return ingest(ClusterLoadAssignmentSchema, bytes, 'endpoints', name, read, ({ clusterName }) => clusterName);
}

/** A route configuration (RDS). */
export function ingestRoutes(name: string, bytes: Uint8Array): IngestResult<'routes', RouteTableConfig> {
  const read = (reader: FieldReader<MessageShape<typeof RouteConfigurationSchema>>) => readRouteTable(reader, false);
  return ingest(RouteConfigurationSchema, bytes, 'routes', name, read, ({ name: own }) => own);
}

/** A secret (SDS). */
export function ingestSecret(name: string, bytes: Uint8Array): IngestResult<'secret', SecretConfig> {
  return ingest(SecretSchema, bytes, 'secret', name, readSecret, ({ name: own }) => own);
}

type Ingest = (name: string, bytes: Uint8Array, environment: Environment) => IngestedResource;

const byType: ReadonlyMap<string, Ingest> = new Map<string, Ingest>([
  [ListenerSchema.typeName, ingestListener],
  [ClusterSchema.typeName, ingestCluster],
  [ClusterLoadAssignmentSchema.typeName, ingestEndpoints],
  [RouteConfigurationSchema.typeName, ingestRoutes],
  [SecretSchema.typeName, ingestSecret],
]);

/**
 * An xDS resource as what the data plane runs, or everything that it cannot do with it: the reason for a NACK.
 * @param name the resource's name in the xDS response, which its content must have too; empty: whatever it is
 * @param environment variables of the process, for `%ENVIRONMENT(NAME)%` and for what spans tell
 */
export function ingestResource(
  typeUrl: string,
  name: string,
  bytes: Uint8Array,
  environment: Environment = {},
): IngestedResource {
  const ingestOne = byType.get(typeUrl.slice(typeUrl.lastIndexOf('/') + 1));
  if (!ingestOne) return { ok: false, problems: [{ path: '', message: `type ${typeUrl} is not supported` }] };
  return ingestOne(name, bytes, environment);
}

function ingest<D extends DescMessage, Kind extends string, Config>(
  schema: D,
  bytes: Uint8Array,
  kind: Kind,
  name: string,
  read: (reader: FieldReader<MessageShape<D>>) => Config | undefined,
  nameOf: (config: Config) => string,
  environment: Environment = {},
): IngestResult<Kind, Config> {
  let message: MessageShape<D>;
  try {
    message = fromBinary(schema, bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { ok: false, problems: [{ path: '', message: `is no ${schema.typeName}: ${reason}` }] };
  }
  const reading = new Reading(environment);
  const config = read(new FieldReader<MessageShape<D>>(reading, schema, message, ''));
  reading.finish();
  if (config !== undefined && name !== '' && nameOf(config) !== name) {
    reading.report('', `is named ${nameOf(config)} and not ${name}`);
  }
  const { problems } = reading;
  return problems.length > 0 || config === undefined ? { ok: false, problems } : { ok: true, kind, config };
}
