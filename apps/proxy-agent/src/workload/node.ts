import { createHash } from 'node:crypto';
import { create, type JsonObject } from '@bufbuild/protobuf';
import type { BootstrapNode } from '@malla/envoy';
import type { Interception, NodeMetadata } from '@malla/ir';
import { MallaError } from '@malla/model';
import { NodeSchema, type Node } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { runsProxy, type AgentSettings } from '../settings/agent-settings.ts';

/**
 * How traffic reaches the data plane, from the settings.
 * @throws MallaError `invalid` when captured traffic could not come from peers, or a router has listeners of its own
 */
export function interceptionOf(settings: AgentSettings): Interception {
  if (settings.proxyType === 'router') return routerInterception(settings);
  if (settings.interception === 'REDIRECT') {
    // The default is for listeners on one machine; here every peer would call itself.
    if (settings.addresses.every(isLoopback))
      throw new MallaError(
        'invalid',
        'MALLA_ADDRESS: must be an address that peers reach, with MALLA_INTERCEPTION_MODE=REDIRECT',
      );
    return { mode: 'REDIRECT' };
  }
  const { inbound, outbound, httpProxy } = settings;
  return { mode: 'NONE', inbound, outbound, ...(httpProxy === undefined ? {} : { httpProxy }) };
}

/** A router's listeners are those of its Gateways; it captures nothing. */
function routerInterception(settings: AgentSettings): Interception {
  const { inbound, outbound, httpProxy, interception, dataPlane, addresses } = settings;
  if (dataPlane !== 'envoy' && dataPlane !== 'builtin')
    throw new MallaError('invalid', 'MALLA_DATA_PLANE: must be envoy or builtin, with MALLA_PROXY_TYPE=router');
  if (interception === 'REDIRECT')
    throw new MallaError('invalid', 'MALLA_INTERCEPTION_MODE: must be NONE, with MALLA_PROXY_TYPE=router');
  if (inbound.length > 0 || outbound.length > 0 || httpProxy !== undefined)
    throw new MallaError(
      'invalid',
      'MALLA_INBOUND, MALLA_OUTBOUND, MALLA_HTTP_PROXY_LISTEN: must be left out, with MALLA_PROXY_TYPE=router',
    );
  const ipv6 = addresses.some((address) => address.includes(':'));
  return { mode: 'NONE', inbound: [], outbound: [], ...(ipv6 && { ipv6 }) };
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** What this proxy tells discovery about itself. */
export function nodeMetadata(settings: AgentSettings, version: string): NodeMetadata {
  const interception = interceptionOf(settings);
  const admin = runsProxy(settings) && settings.envoyAdminPort !== 0;
  return {
    NAMESPACE: settings.namespace,
    SERVICE_ACCOUNT: settings.serviceAccount,
    WORKLOAD_NAME: settings.workloadName,
    LABELS: settings.labels,
    CLUSTER_ID: settings.clusterId,
    NETWORK: settings.network ?? '',
    INTERCEPTION_MODE: interception.mode,
    INSTANCE_IPS: settings.addresses.join(','),
    // A data plane that the agent does not run is a gRPC library.
    MALLA_DATA_PLANE: settings.dataPlane === 'none' ? 'grpc' : settings.dataPlane,
    MALLA_PROXY_TYPE: settings.proxyType,
    MALLA_VERSION: version,
    MALLA_FEATURES: [],
    ...(interception.mode === 'NONE' ? { MALLA_INTERCEPTION: interception } : {}),
    ...(admin ? { MALLA_ADMIN: `127.0.0.1:${settings.envoyAdminPort}` } : {}),
  };
}

/** The xDS node. The id has Istio's form, which its tools take apart. */
export function nodeOf(settings: AgentSettings, version: string): BootstrapNode {
  const { proxyType, workloadName, namespace, domainSuffix, addresses, labels } = settings;
  return {
    id: `${proxyType}~${addresses[0] ?? '127.0.0.1'}~${workloadName}.${namespace}~${namespace}.svc.${domainSuffix}`,
    cluster: `${labels['app'] ?? workloadName}.${namespace}`,
    metadata: nodeMetadata(settings, version),
    locality: settings.locality ?? '',
  };
}

/** The node as the agent's own streams carry it. */
export function nodeMessage({ id, cluster, metadata, locality }: BootstrapNode): Node {
  const [region = '', zone = '', subZone = ''] = locality.split('/');
  const plain = JSON.parse(JSON.stringify(metadata)) as JsonObject;
  return create(NodeSchema, { id, cluster, metadata: plain, locality: { region, zone, subZone } });
}

/** What configuration depends on: a cache is good for a proxy with an equal digest. The version of the agent is left out. */
export function nodeDigest({ id, metadata, locality }: BootstrapNode): string {
  const versionless = { ...metadata, MALLA_VERSION: '' };
  return createHash('sha256')
    .update(JSON.stringify([id, versionless, locality]))
    .digest('hex');
}
