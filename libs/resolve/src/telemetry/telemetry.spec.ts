import type { KnownResource, MeshConfigSpec, TelemetrySpec } from '@malla/model';
import { applyChanges, emptySnapshot, type MeshSnapshot } from '@malla/snapshot';
import { describe, expect, it } from 'vitest';
import { SliceMemo } from '../memo.ts';
import { takeTelemetry, type ProxyTelemetry } from './telemetry.ts';

const collector: KnownResource = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'collector', namespace: 'tools' },
  spec: { selector: { app: 'collector' }, ports: [{ name: 'grpc', port: 4317 }] },
};
const traces = { name: 'traces', opentelemetry: { service: 'collector.tools.svc.cluster.local', port: 4317 } };
const lines = { name: 'lines', envoyFileAccessLog: { logFormat: { text: 'l' } } };
const other = { name: 'other', envoyFileAccessLog: { logFormat: { text: 'o' } } };

function telemetry(namespace: string, name: string, spec: TelemetrySpec, born = 1): KnownResource {
  const creationTimestamp = new Date(born).toISOString();
  return {
    apiVersion: 'telemetry.istio.io/v1',
    kind: 'Telemetry',
    metadata: { name, namespace, creationTimestamp },
    spec,
  };
}

function mesh(spec: MeshConfigSpec, ...objects: readonly KnownResource[]): MeshSnapshot {
  const config: KnownResource = {
    apiVersion: 'mesh.istio.io/v1alpha1',
    kind: 'MeshConfig',
    metadata: { name: 'mesh' },
    spec: { extensionProviders: [traces, lines, other], ...spec },
  };
  return applyChanges(emptySnapshot(), { upserts: [config, collector, ...objects] });
}

const memo = new SliceMemo();
const web: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> } = {
  namespace: 'shop',
  labels: { app: 'web' },
};
const of = (snapshot: MeshSnapshot, workload: typeof web = web): ProxyTelemetry =>
  takeTelemetry(memo, snapshot, workload);
const logged = ({ client, server }: ProxyTelemetry): string[][] =>
  [client, server].map(({ accessLogs }) =>
    accessLogs.map(({ format }) => (format.kind === 'text' ? format.line : '{}')),
  );

describe('the telemetry of a workload', () => {
  it('is nothing without a provider, and says why where one is of no use', () => {
    expect(of(mesh({}))).toMatchObject({ client: { accessLogs: [] }, diagnostics: [] });
    expect(of(mesh({})).client.tracing).toBeUndefined();
    const zipkin = { name: 'old', zipkin: { service: 'z.tools.svc.cluster.local', port: 9411 } };
    const unusable = of(
      mesh({ extensionProviders: [zipkin], defaultProviders: { tracing: ['old'], accessLogging: ['gone'] } }),
    );
    expect(unusable.client.tracing).toBeUndefined();
    expect(unusable.diagnostics.map(({ message }) => message)).toEqual([
      'requests are not traced: no use of extension provider old: it takes no traces, or not in a way that is enforced yet',
      'requests are not logged by extension provider gone: the mesh has none of that name',
    ]);
  });

  it('comes from the mesh, the namespace and the workload, of which each replaces what it gives', () => {
    const snapshot = mesh(
      { defaultConfig: { tracing: { sampling: 40 } } },
      telemetry('istio-system', 'mesh', {
        tracing: [{ providers: [{ name: 'traces' }], customTags: { a: { literal: { value: 'mesh' } } } }],
      }),
      telemetry('shop', 'all', { tracing: [{ randomSamplingPercentage: 7, enableIstioTags: false }] }),
      telemetry('shop', 'second', { tracing: [{ randomSamplingPercentage: 8 }] }, 2),
      telemetry('shop', 'web', {
        selector: { matchLabels: { app: 'web' } },
        tracing: [{ match: { mode: 'SERVER' }, customTags: { b: { literal: { value: 'web' } } } }],
      }),
    );
    expect(of(snapshot).client.tracing).toMatchObject({ samplingPercent: 7, tags: [{ name: 'a' }] });
    expect(of(snapshot).server.tracing).toMatchObject({ samplingPercent: 7, tags: [{ name: 'b' }] });
    const elsewhere = of(snapshot, { namespace: 'other', labels: { app: 'web' } });
    expect(elsewhere.client.tracing?.samplingPercent).toBe(40);
    expect(elsewhere.client.tracing?.tags.map(({ name }) => name)).toContain('istio.canonical_service');
  });

  it('has the log providers of the narrowest that names some, as far as they are not switched off', () => {
    const defaults = { defaultProviders: { accessLogging: ['lines'] } };
    expect(logged(of(mesh(defaults)))).toEqual([['l'], ['l']]);
    const off = telemetry('shop', 'all', { accessLogging: [{ match: { mode: 'SERVER' }, disabled: true }] });
    expect(logged(of(mesh(defaults, off)))).toEqual([['l'], []]);
    const both = telemetry('shop', 'all', {
      accessLogging: [{ providers: [{ name: 'other' }] }, { match: { mode: 'SERVER' }, disabled: true }],
    });
    expect(logged(of(mesh(defaults, both)))).toEqual([['o'], []]);
  });

  it('logs to the proxy’s standard output by the provider that every mesh has', () => {
    const { client } = of(mesh({}, telemetry('shop', 'all', { accessLogging: [{ providers: [{ name: 'envoy' }] }] })));
    expect(client.accessLogs).toMatchObject([{ path: '/dev/stdout', format: { kind: 'text' } }]);
  });

  it('logs what meets the condition of the last entry for a provider', () => {
    const failures = { filter: { expression: ' response.code >= 500\n' } };
    const conditions = (...entries: NonNullable<TelemetrySpec['accessLogging']>) =>
      of(
        mesh(
          { defaultProviders: { accessLogging: ['lines'] } },
          telemetry('istio-system', 'mesh', { accessLogging: [failures] }),
          telemetry('shop', 'all', { accessLogging: entries }),
        ),
      ).client.accessLogs.map(({ condition }) => condition);
    expect(conditions({ match: { mode: 'SERVER' }, filter: { expression: 'true' } })).toEqual(['response.code >= 500']);
    expect(conditions({ disabled: false })).toEqual(['response.code >= 500']);
    expect(conditions({ filter: { expression: 'connection.mtls' } })).toEqual(['connection.mtls']);
    expect(conditions({ providers: [{ name: 'lines' }] })).toEqual([undefined]);
    expect(conditions({ providers: [{ name: 'other' }], ...failures })).toEqual(['response.code >= 500']);
  });

  it('has the mesh’s own file where nothing speaks of providers, in Istio’s format in the place of a broken one', () => {
    const file = { accessLogFile: '/dev/stdout' };
    expect(logged(of(mesh({ ...file, accessLogFormat: 'own\n' })))).toEqual([['own'], ['own']]);
    const broken = of(mesh({ ...file, accessLogFormat: '%NO_SUCH%' }));
    expect(logged(broken)[0]?.[0]).toMatch(/^\[%START_TIME%\] /);
    expect(broken.diagnostics).toMatchObject([{ code: 'unknown_log_format' }]);
    expect(logged(of(mesh({ ...file, defaultProviders: { accessLogging: ['lines'] } })))).toEqual([['l'], ['l']]);
  });

  it('stays the identical object while what it says does', () => {
    const before = mesh({ defaultProviders: { tracing: ['traces'] } });
    const unrelated = mesh({
      extensionProviders: [traces, lines, other, { name: 'more', zipkin: {} }],
      defaultProviders: { tracing: ['traces'] },
    });
    expect(of(unrelated).client).toBe(of(before).client);
    expect(of(before, { namespace: 'else', labels: {} }).client).toBe(of(before).client);
    const without = applyChanges(before, {
      deletes: [{ group: '', kind: 'Service', namespace: 'tools', name: 'collector' }],
    });
    expect(of(without).client.tracing).toBeUndefined();
  });
});
