import { loadSettings } from '@malla/settings';
import { describe, expect, it } from 'vitest';
import { agentSettings, type AgentSettings } from '../settings/agent-settings.ts';
import { nodeMetadata } from './node.ts';

function metadataOf(env: Record<string, string>) {
  const loaded = loadSettings(agentSettings, { env: { MALLA_WORKLOAD_NAME: 'web-v1', ...env }, argv: [] });
  if (loaded.kind !== 'ok') throw new Error(JSON.stringify(loaded));
  return nodeMetadata(loaded.values as AgentSettings, '1.0.0');
}

describe('nodeMetadata', () => {
  it('tells the addresses of a captured workload', () => {
    const metadata = metadataOf({ MALLA_INTERCEPTION_MODE: 'REDIRECT', MALLA_ADDRESS: '10.0.0.1,fd00::1' });
    expect(metadata).toMatchObject({ INTERCEPTION_MODE: 'REDIRECT', INSTANCE_IPS: '10.0.0.1,fd00::1' });
    expect(metadata).not.toHaveProperty('MALLA_INTERCEPTION');
  });

  it.each([{}, { MALLA_ADDRESS: '::1,127.0.0.9' }])(
    'refuses to capture for addresses that no peer reaches: %j',
    (env) => {
      expect(() => metadataOf({ MALLA_INTERCEPTION_MODE: 'REDIRECT', ...env })).toThrow('MALLA_ADDRESS');
      expect(metadataOf(env)).toMatchObject({ INTERCEPTION_MODE: 'NONE' });
    },
  );

  it('makes a gateway of a router, without listeners of its own', () => {
    const metadata = metadataOf({ MALLA_PROXY_TYPE: 'router', MALLA_ADDRESS: 'fd00::1' });
    expect(metadata).toMatchObject({
      MALLA_PROXY_TYPE: 'router',
      MALLA_INTERCEPTION: { mode: 'NONE', inbound: [], outbound: [], ipv6: true },
    });
  });

  it.each([
    { MALLA_DATA_PLANE: 'grpc' },
    { MALLA_INTERCEPTION_MODE: 'REDIRECT', MALLA_ADDRESS: '10.0.0.1' },
    { MALLA_HTTP_PROXY_LISTEN: '127.0.0.1:1' },
  ])('refuses a router with %j', (env) => {
    expect(() => metadataOf({ MALLA_PROXY_TYPE: 'router', ...env })).toThrow('MALLA_PROXY_TYPE=router');
  });
});
