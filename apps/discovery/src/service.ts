import { openServiceIdentity, type MeshIdentity } from '@malla/grpc';
import type { ServiceDefinition } from '@malla/observability';
import { Discovery } from './discovery.ts';
import { DiscoveryModule } from './discovery.module.ts';
import { discoverySettings } from './settings.ts';

/** discovery: configuration and workloads in, xDS out. */
export function discoveryService(version: string): ServiceDefinition<typeof discoverySettings> {
  const closing = new AbortController();
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
      const { signal } = closing;
      identity = await openServiceIdentity('discovery', { settings, logger, health: health.check('identity'), signal });
      discovery = new Discovery(context, identity);
      await discovery.start();
    },
    async stop() {
      closing.abort();
      await discovery?.stop();
      identity?.close();
    },
  };
}
