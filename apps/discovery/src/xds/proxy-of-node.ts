import type { JsonObject } from '@bufbuild/protobuf';
import type { Proxy } from '@malla/ir';
import { MallaError } from '@malla/model';
import type { Node } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { parseWorkloadId } from '@malla/spiffe';
import { z } from 'zod';

/** A name or a version: what is longer is a mistake, or no honest proxy. */
const text = z.string().max(253);

const address = z.strictObject({ address: z.union([z.ipv4(), z.ipv6()]), port: z.int().min(1).max(65_535) });

const interceptionSchema = z.strictObject({
  mode: z.literal('NONE'),
  outbound: z
    .array(z.strictObject({ host: z.string().min(1), port: z.int().min(1).max(65_535), bind: address }))
    .max(1024),
  inbound: z
    .array(z.strictObject({ targetPort: z.int().min(1).max(65_535), bind: address, forwardTo: address }))
    .max(256),
  httpProxy: address.optional(),
  ipv6: z.boolean().optional(),
});

/** Keys of {@link NodeMetadata}; others, such as those of Istio's agent, are let be. */
const metadataSchema = z.object({
  NAMESPACE: text.min(1),
  SERVICE_ACCOUNT: text.min(1),
  WORKLOAD_NAME: text.min(1),
  LABELS: z.record(z.string().max(317), text).default({}),
  CLUSTER_ID: text.default(''),
  NETWORK: text.default(''),
  INSTANCE_IPS: z.string().default(''),
  INTERCEPTION_MODE: z.enum(['REDIRECT', 'NONE']).default('REDIRECT'),
  MALLA_DATA_PLANE: z.enum(['envoy', 'builtin', 'grpc']).default('envoy'),
  MALLA_PROXY_TYPE: z.enum(['sidecar', 'router']).default('sidecar'),
  MALLA_VERSION: text.default('unknown'),
  MALLA_FEATURES: z.array(text).max(64).default([]),
  MALLA_INTERCEPTION: interceptionSchema.optional(),
  MALLA_ADMIN: text.optional(),
});

/** A proxy and what else its node says. */
export interface ConnectedProxy {
  readonly proxy: Proxy;
  /** Envoy's admin address on its own host. */
  readonly admin: string | undefined;
}

/**
 * The proxy that an xDS node describes.
 * @throws MallaError `invalid` with the metadata key that is wrong
 */
export function proxyOfNode(node: Node | undefined): ConnectedProxy {
  if (node === undefined) throw new MallaError('invalid', 'the first request of a stream must carry a node');
  const parsed = metadataSchema.safeParse((node.metadata ?? {}) satisfies JsonObject);
  if (!parsed.success) {
    const reasons = parsed.error.issues.map((issue) => `node.metadata.${issue.path.join('.')}: ${issue.message}`);
    throw new MallaError('invalid', reasons.join('; '));
  }
  const metadata = parsed.data;
  if (
    metadata.INTERCEPTION_MODE === 'NONE' &&
    metadata.MALLA_PROXY_TYPE === 'sidecar' &&
    metadata.MALLA_INTERCEPTION === undefined &&
    metadata.MALLA_DATA_PLANE !== 'grpc'
  ) {
    throw new MallaError('invalid', 'node.metadata.MALLA_INTERCEPTION: must be set when INTERCEPTION_MODE is NONE');
  }
  if (metadata.MALLA_PROXY_TYPE === 'router' && metadata.MALLA_DATA_PLANE === 'grpc')
    throw new MallaError('invalid', 'node.metadata.MALLA_DATA_PLANE: a router must run envoy or builtin');
  const { region = '', zone = '', subZone = '' } = node.locality ?? {};
  const proxy: Proxy = {
    id: `${metadata.WORKLOAD_NAME}.${metadata.NAMESPACE}`,
    role: metadata.MALLA_PROXY_TYPE,
    dataPlane: metadata.MALLA_DATA_PLANE,
    namespace: metadata.NAMESPACE,
    serviceAccount: metadata.SERVICE_ACCOUNT,
    workload: metadata.WORKLOAD_NAME,
    labels: metadata.LABELS,
    cluster: metadata.CLUSTER_ID,
    network: metadata.NETWORK,
    locality: [region, zone, subZone].join('/').replace(/\/+$/, ''),
    version: metadata.MALLA_VERSION,
    features: metadata.MALLA_FEATURES,
    interception: interceptionOf(metadata),
  };
  return { proxy, admin: metadata.MALLA_ADMIN };
}

export interface ProxyCaller {
  /** SPIFFE id of the connection's certificate. */
  readonly peer: string | undefined;
  readonly trustDomain: string;
  /** Service account that holds the proxy's workload name; undefined: nobody. */
  readonly owner: string | undefined;
}

/**
 * Refuses a proxy that asks for another's configuration: its certificate must be for its namespace and service account. Nor may it bear the
 * name of another's workload, or what it acknowledges would be shown as the other's.
 * @throws MallaError `unauthenticated`, `permission_denied` or `already_exists`
 */
export function checkProxyIdentity(proxy: Proxy, { peer, trustDomain, owner }: ProxyCaller): void {
  const identity = peer === undefined ? undefined : parseWorkloadId(peer);
  if (identity === undefined)
    throw new MallaError('unauthenticated', 'the proxy showed no workload certificate of this mesh');
  const same =
    identity.trustDomain === trustDomain &&
    identity.namespace === proxy.namespace &&
    identity.serviceAccount === proxy.serviceAccount;
  if (!same) {
    throw new MallaError(
      'permission_denied',
      `${peer} may not have the configuration of ${proxy.namespace}/${proxy.serviceAccount}`,
    );
  }
  if (owner === undefined || owner === proxy.serviceAccount) return;
  throw new MallaError(
    'already_exists',
    `the workload name ${proxy.workload} in ${proxy.namespace} is in use by service account ${owner}: choose another name`,
  );
}

type Metadata = z.infer<typeof metadataSchema>;

function interceptionOf(metadata: Metadata): Proxy['interception'] {
  const given = metadata.MALLA_INTERCEPTION;
  if (metadata.MALLA_PROXY_TYPE === 'router') return routed(metadata);
  if (metadata.INTERCEPTION_MODE === 'REDIRECT') return captured(metadata.INSTANCE_IPS);
  if (given === undefined) return { mode: 'NONE', outbound: [], inbound: [] };
  const { mode, outbound, inbound, httpProxy } = given;
  return httpProxy === undefined ? { mode, outbound, inbound } : { mode, outbound, inbound, httpProxy };
}

/** IPv6 listeners only for who has an address of it: on a host without IPv6 Envoy would refuse them. */
function captured(addresses: string): Proxy['interception'] {
  return addresses.includes(':') ? { mode: 'REDIRECT', ipv6: true } : { mode: 'REDIRECT' };
}

/** A router listens for Gateways alone: what else its node asks for has no meaning. */
function routed({ INSTANCE_IPS, MALLA_INTERCEPTION }: Metadata): Proxy['interception'] {
  const ipv6 = INSTANCE_IPS.includes(':') || MALLA_INTERCEPTION?.ipv6 === true;
  return { mode: 'NONE', outbound: [], inbound: [], ...(ipv6 && { ipv6 }) };
}
