import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { parseConfigDump } from '@malla/envoy-admin';
import { encodeResource } from '@malla/protos';
import { ListenerSchema } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { HttpConnectionManagerSchema } from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { SecretSchema } from '@malla/protos/gen/envoy/extensions/transport_sockets/tls/v3/secret_pb';
import { describe, expect, it } from 'vitest';
import { Configuration } from '../xds/configuration.ts';
import { fakeReader } from '../xds/testing/fake-resources.ts';
import { configDump } from './config-dump.ts';

function dumped() {
  // Only the JSON matters here: what is read of the resources is not looked at.
  const reader: typeof fakeReader = { read: (kind, resource) => fakeReader.read(kind, { ...resource, version: '{}' }) };
  const configuration = new Configuration({ reader, clusters: [], listeners: [], now: () => 0 });
  const manager = create(HttpConnectionManagerSchema, {
    statPrefix: 'in',
    routeSpecifier: { case: 'routeConfig', value: { name: 'inline' } },
  });
  const listener = create(ListenerSchema, {
    name: 'l',
    filterChains: [
      {
        filters: [
          { name: 'http', configType: { case: 'typedConfig', value: anyPack(HttpConnectionManagerSchema, manager) } },
        ],
      },
    ],
  });
  const bytes = (text: string) => ({ specifier: { case: 'inlineBytes' as const, value: Buffer.from(text) } });
  const secret = create(SecretSchema, {
    name: 'default',
    type: {
      case: 'tlsCertificate',
      value: { certificateChain: bytes('a chain'), privateKey: bytes('very private') },
    },
  });
  configuration.take('listener', new Map([['l', encodeResource(ListenerSchema, 'l', listener)]]));
  configuration.take('secret', new Map([['default', encodeResource(SecretSchema, 'default', secret)]]));
  configuration.nextUpdate();
  const bootstrapText = JSON.stringify({ node: { id: 'n' }, staticResources: { clusters: [{ name: 'fixed' }] } });
  return configDump({ configuration, bootstrapText, startedAt: 0 }, true);
}

describe('configDump', () => {
  it('is read by those who read Envoys', () => {
    const dump = parseConfigDump({ configs: dumped() });
    expect(dump.bootstrap).toMatchObject({ node: { id: 'n' } });
    expect(dump.clusters).toMatchObject([{ name: 'fixed', state: 'static' }]);
    expect(dump.listeners).toMatchObject([{ name: 'l', state: 'active' }]);
    expect(dump.routes).toMatchObject([{ name: 'inline', state: 'static' }]);
    expect(dump.secrets).toMatchObject([{ name: 'default', state: 'active' }]);
  });

  it('tells no private key', () => {
    const text = JSON.stringify(dumped());
    expect(text).toContain(Buffer.from('a chain').toString('base64'));
    expect(text).not.toContain(Buffer.from('very private').toString('base64'));
    expect(text).toContain(Buffer.from('[redacted]').toString('base64'));
  });
});
