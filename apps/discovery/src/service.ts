import { openIdentity, type MeshIdentity } from '@malla/grpc';
import type { ServiceDefinition } from '@malla/observability';
import { controlPlaneId } from '@malla/spiffe';
import { Discovery } from './discovery.ts';
import { DiscoveryModule } from './discovery.module.ts';
import { discoverySettings } from './settings.ts';

/** discovery: configuration and workloads in, xDS out. */
export function discoveryService(version: string): ServiceDefinition<typeof discoverySettings> {
  let identity: MeshIdentity | undefined;
  let discovery: Discovery | undefined;
  return {
    name: 'discovery',
    description: 'mesh snapshot to per-proxy xDS over ADS',
    version,
    settings: discoverySettings,
    httpPort: '15014',
    module: () => DiscoveryModule,
    async start(_app, context) {
      const { settings, logger, health } = context;
      const spiffeId = controlPlaneId('discovery', settings.trustDomain);
      identity = openIdentity({ settings, spiffeId, logger, health: health.check('identity') });
      await identity.start();
      discovery = new Discovery(context, identity, version);
      await discovery.start();
    },
    async stop() {
      await discovery?.stop();
      identity?.close();
    },
  };
}
