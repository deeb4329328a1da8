import type { MeshConfig } from '@malla/model';
import { describe, expect, it } from 'vitest';
import { meshOptionsOf } from './mesh-config.ts';
import { applyChanges, defaultMeshOptions, emptySnapshot, resourceKeyOf } from './index.ts';

const config = (name: string, spec: MeshConfig['spec'], born = '2026-01-01T00:00:00Z'): MeshConfig => ({
  apiVersion: 'mesh.istio.io/v1alpha1',
  kind: 'MeshConfig',
  metadata: { name, creationTimestamp: born },
  ...(spec === undefined ? {} : { spec }),
});

describe('the configuration of the mesh', () => {
  it('stands above the options of the start, and what it does not say is theirs', () => {
    const start = emptySnapshot({ trustDomain: 'one.example', connectTimeoutMs: 5 });
    const written = config('mesh', { trustDomain: 'two.example', trustDomainAliases: ['old.example'] });
    const { mesh } = applyChanges(start, { upserts: [written] });
    expect(mesh).toMatchObject({
      trustDomain: 'one.example',
      trustDomainAliases: ['old.example'],
      connectTimeoutMs: 5,
    });
  });

  it('is that of the oldest object; without one the options of the start are back', () => {
    const [old, young] = [
      config('b', { connectTimeout: '2s' }),
      config('a', { connectTimeout: '3s' }, '2026-02-01T00:00:00Z'),
    ];
    const start = emptySnapshot();
    const both = applyChanges(start, { upserts: [young, old] });
    expect(both.mesh.connectTimeoutMs).toBe(2000);
    const one = applyChanges(both, { deletes: [resourceKeyOf(old)] });
    expect(one.mesh.connectTimeoutMs).toBe(3000);
    expect(applyChanges(one, { deletes: [resourceKeyOf(young)] }).mesh).toEqual(start.mesh);
  });

  it('changes no field, and no options, that it says no otherwise', () => {
    const before = meshOptionsOf(defaultMeshOptions, config('mesh', { connectTimeout: '2s' }), defaultMeshOptions);
    const same = meshOptionsOf(defaultMeshOptions, config('mesh', { connectTimeout: '2000ms' }), before);
    expect(same).toBe(before);
    const other = meshOptionsOf(
      defaultMeshOptions,
      config('mesh', { connectTimeout: '2s', accessLogFile: '/dev/stdout' }),
      before,
    );
    const differ = Object.keys(other).filter((field) => other[field as never] !== before[field as never]);
    expect(differ).toEqual(['accessLogFile']);
  });

  it('takes blocks field by field, and of each name the first provider', () => {
    const written = config('mesh', {
      defaultHttpRetryPolicy: { retryOn: '5xx' },
      extensionProviders: [
        { name: 'traces', opentelemetry: { service: 'jaeger.tools', port: 4317 } },
        { name: 'traces', zipkin: {} },
        { zipkin: {} },
      ],
      defaultProviders: { tracing: ['traces'] },
    });
    expect(meshOptionsOf(defaultMeshOptions, written, defaultMeshOptions)).toMatchObject({
      defaultRetry: { attempts: 2, retryOn: '5xx' },
      extensionProviders: [
        { name: 'traces', opentelemetry: { service: 'jaeger.tools', port: 4317 } },
        ...defaultMeshOptions.extensionProviders,
      ],
      defaultProviders: { tracing: ['traces'], metrics: ['prometheus'], accessLogging: [] },
    });
    const own = config('mesh', { extensionProviders: [{ name: 'envoy', envoyFileAccessLog: { path: '/tmp/log' } }] });
    expect(meshOptionsOf(defaultMeshOptions, own, defaultMeshOptions).extensionProviders).toMatchObject([
      { name: 'envoy', envoyFileAccessLog: { path: '/tmp/log' } },
      { name: 'prometheus' },
    ]);
  });
});
