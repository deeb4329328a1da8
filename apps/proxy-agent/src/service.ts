import type { ServiceDefinition } from '@malla/observability';
import { Agent } from './agent.ts';
import { ProxyAgentModule } from './proxy-agent.module.ts';
import { agentSettings } from './settings/agent-settings.ts';

/** proxy-agent: one workload's identity, registration and data plane. */
export function proxyAgent(version: string): ServiceDefinition<typeof agentSettings> {
  let agent: Agent | undefined;
  return {
    name: 'proxy-agent',
    description: 'identity, registration and data plane of one workload',
    version,
    settings: agentSettings,
    httpPort: '15020',
    module(context) {
      const { settings } = context;
      const labels = { ...settings.labelsFile, ...settings.labels };
      const made = new Agent({ ...context, settings: { ...settings, labels } }, version);
      agent = made;
      return ProxyAgentModule.forRoot({
        metricsText: () => made.metricsText(),
        describe: () => made.describe(),
        drain: () => made.drain(),
        quit: () => void process.kill(process.pid, 'SIGTERM'),
      });
    },
    start: async () => agent?.start(),
    stop: async () => agent?.stop(),
  };
}
