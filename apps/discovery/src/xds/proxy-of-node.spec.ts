import { create, type JsonObject } from '@bufbuild/protobuf';
import { NodeSchema } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { describe, expect, it } from 'vitest';
import { proxyOfNode } from './proxy-of-node.ts';

function proxyOf(metadata: JsonObject) {
  const required = { NAMESPACE: 'default', SERVICE_ACCOUNT: 'web', WORKLOAD_NAME: 'web-v1' };
  return proxyOfNode(create(NodeSchema, { id: 'x', metadata: { ...required, ...metadata } })).proxy;
}

describe('proxyOfNode', () => {
  it('takes a proxy for captured when it does not say', () => {
    expect(proxyOf({}).interception).toEqual({ mode: 'REDIRECT' });
  });

  it.each([
    ['10.0.0.1', { mode: 'REDIRECT' }],
    ['10.0.0.1,fd00::1', { mode: 'REDIRECT', ipv6: true }],
    ['fd00::1', { mode: 'REDIRECT', ipv6: true }],
  ])('gives IPv6 listeners to who has an address of it: %s', (addresses, interception) => {
    expect(proxyOf({ INTERCEPTION_MODE: 'REDIRECT', INSTANCE_IPS: addresses }).interception).toEqual(interception);
  });

  it('gives a router no listeners but those of Gateways', () => {
    const router = proxyOf({ MALLA_PROXY_TYPE: 'router', INTERCEPTION_MODE: 'NONE', INSTANCE_IPS: '10.0.0.1,fd00::1' });
    expect(router.role).toBe('router');
    expect(router.interception).toEqual({ mode: 'NONE', outbound: [], inbound: [], ipv6: true });
    expect(() => proxyOf({ MALLA_PROXY_TYPE: 'router', MALLA_DATA_PLANE: 'grpc' })).toThrow('envoy or builtin');
  });

  it('refuses explicit listeners that are not told', () => {
    expect(() => proxyOf({ INTERCEPTION_MODE: 'NONE' })).toThrow('MALLA_INTERCEPTION');
    expect(() => proxyOfNode(undefined)).toThrow('must carry a node');
  });

  it.each([
    [{ WORKLOAD_NAME: 'x'.repeat(300) }],
    [{ LABELS: { app: 'x'.repeat(300) } }],
    [{ MALLA_FEATURES: Array.from({ length: 65 }, (_, i) => String(i)) }],
  ])('refuses texts and lists without measure', (metadata) => {
    expect(() => proxyOf(metadata)).toThrow('node.metadata');
  });
});
