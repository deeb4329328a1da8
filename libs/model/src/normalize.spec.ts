import { describe, expect, it } from 'vitest';
import { normalize } from './normalize.ts';
import type { Resource } from './registry.ts';
import { problemCodes } from './problems/problem.ts';

describe('normalize', () => {
  it('drops status and managedFields and gives a namespace', () => {
    const sent: Resource = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'a', managedFields: [{}] },
      spec: {},
      status: { x: 1 },
    };
    const { resource, problems } = normalize(sent);
    expect(problems).toEqual([]);
    expect(resource).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'a', namespace: 'default' },
      spec: {},
    });
    expect(sent['status']).toEqual({ x: 1 });
    expect(normalize(sent, { namespace: 'shop' }).resource.metadata.namespace).toBe('shop');
  });

  it('fills in defaults and drops nulls, and leaves what was sent as it is', () => {
    const sent = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'a', namespace: 'b' },
      spec: { parentRefs: [{ name: 'g' }], hostnames: null, rules: [{ backendRefs: [{ name: 's', port: 80 }] }] },
    };
    expect(normalize(sent).resource.spec).toEqual({
      parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'g' }],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/' } }],
          backendRefs: [{ group: '', kind: 'Service', weight: 1, name: 's', port: 80 }],
        },
      ],
    });
    expect(sent.spec.hostnames).toBeNull();
  });

  it('refuses a namespace on a cluster-scoped object', () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a', namespace: 'b' } };
    expect(normalize(namespace).problems).toMatchObject([
      { code: problemCodes.namespaceNotAllowed, path: 'metadata.namespace' },
    ]);
    expect(normalize({ ...namespace, metadata: { name: 'a' } }).resource.metadata).toEqual({ name: 'a' });
  });

  it('encodes stringData over data, as UTF-8', () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'a' },
      data: { a: 'eA==', b: 'eQ==' },
      stringData: { a: 'zürich' },
    };
    expect(normalize(secret).resource).toMatchObject({
      data: { a: Buffer.from('zürich').toString('base64'), b: 'eQ==' },
    });
    expect(normalize(secret).resource).not.toHaveProperty('stringData');
  });
});
