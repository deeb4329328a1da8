import type { BootstrapNode } from '@malla/envoy';

/**
 * The bootstrap of gRPC's xDS clients (what `GRPC_XDS_BOOTSTRAP` names): they take their configuration from the agent's socket, in plain
 * text, because only this user may open it.
 * Source: https://github.com/grpc/proposal/blob/master/A27-xds-global-load-balancing.md
 */
export function grpcBootstrapJson(node: BootstrapNode, socketPath: string): string {
  const [region = '', zone = '', sub_zone = ''] = node.locality.split('/');
  const bootstrap = {
    xds_servers: [
      { server_uri: `unix:${socketPath}`, channel_creds: [{ type: 'insecure' }], server_features: ['xds_v3'] },
    ],
    node: { id: node.id, cluster: node.cluster, metadata: node.metadata, locality: { region, zone, sub_zone } },
  };
  return `${JSON.stringify(bootstrap, undefined, 2)}\n`;
}
