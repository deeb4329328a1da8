import { istioMetrics } from '@malla/ir';
import type { Telemetry, TelemetrySpec } from '@malla/model';
import { defaultMeshOptions } from '@malla/snapshot';
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../diagnostics.ts';
import type { TelemetryMode } from './applicable.ts';
import { resolveMetrics } from './metrics.ts';

type Metrics = NonNullable<TelemetrySpec['metrics']>;

const providers = [
  ...defaultMeshOptions.extensionProviders,
  { name: 'drivers', stackdriver: {} },
  { name: 'more', prometheus: {} },
].map((provider) => ({ provider, service: undefined }));

/** Of Telemetries with these metrics, the widest first. */
function changes(levels: readonly Metrics[], mode: TelemetryMode = 'CLIENT', metrics = ['prometheus']) {
  const telemetries = levels.map((each, i): Telemetry => ({
    apiVersion: 'telemetry.istio.io/v1',
    kind: 'Telemetry',
    metadata: { name: `t${i}` },
    spec: { metrics: each },
  }));
  const diagnostics: Diagnostic[] = [];
  const result = resolveMetrics({
    mesh: { defaultProviders: { ...defaultMeshOptions.defaultProviders, metrics } },
    telemetries,
    providers,
    mode,
    report: (diagnostic) => void diagnostics.push(diagnostic),
  });
  return { result, told: diagnostics.map(({ message, origin }) => [message, origin?.name]) };
}

const off = Object.fromEntries(istioMetrics.map((metric) => [metric, { kind: 'off' }]));
const ofAll = (change: object) => Object.fromEntries(istioMetrics.map((metric) => [metric, change]));

describe('the metrics of a workload', () => {
  it('are Istio’s where nothing speaks of them', () => {
    expect(changes([])).toEqual({ result: undefined, told: [] });
    expect(changes([[{ providers: [{ name: 'prometheus' }] }]])).toEqual({ result: undefined, told: [] });
  });

  it('have the labels that the narrowest says, metric by metric', () => {
    const wide: Metrics = [
      {
        overrides: [
          { tagOverrides: { request_host: { value: 'request.host' }, source_principal: { operation: 'REMOVE' } } },
          {
            match: { metric: 'REQUEST_COUNT' },
            tagOverrides: { port: { operation: 'UPSERT', value: 'string(destination.port)' } },
          },
        ],
      },
    ];
    const narrow: Metrics = [
      {
        overrides: [
          {
            match: { metric: 'REQUEST_COUNT', mode: 'CLIENT' },
            tagOverrides: { request_host: { operation: 'REMOVE' } },
          },
          { match: { customMetric: 'istio_request_bytes' }, disabled: true },
        ],
      },
    ];
    const common = { kind: 'labels', set: { request_host: 'request.host' }, removed: ['source_principal'] };
    const { result } = changes([wide, narrow]);
    expect(result).toEqual({
      ...ofAll(common),
      requests_total: {
        kind: 'labels',
        set: { port: 'destination.port' },
        removed: ['request_host', 'source_principal'],
      },
      request_bytes: { kind: 'off' },
    });
    expect(changes([wide, narrow], 'SERVER').result?.requests_total).toMatchObject({
      set: { request_host: 'request.host', port: 'destination.port' },
    });
  });

  it('are switched off and on again', () => {
    const none: Metrics = [{ overrides: [{ disabled: true }] }];
    const count = (disabled: boolean): Metrics => [{ overrides: [{ match: { metric: 'REQUEST_COUNT' }, disabled }] }];
    expect(changes([none]).result).toEqual(off);
    expect(
      changes([[{ overrides: [{ match: { metric: 'ALL_METRICS', mode: 'SERVER' }, disabled: true }] }]]).result,
    ).toBeUndefined();
    // As in Istio: what speaks of one metric after all were switched off brings back the others.
    expect(changes([none, count(true)]).result).toEqual({ requests_total: { kind: 'off' } });
    expect(changes([count(true), count(false)]).result).toBeUndefined();
    expect(
      changes([count(true), [{ overrides: [{ disabled: null, tagOverrides: { a: { value: 'true' } } }] }]]).result,
    ).toEqual({
      ...ofAll({ kind: 'labels', set: { a: 'true' }, removed: [] }),
      requests_total: { kind: 'off' },
    });
  });

  it('are those for Prometheus alone', () => {
    expect(changes([[{ providers: [{ name: 'drivers' }] }]])).toEqual({
      result: off,
      told: [['no metrics for extension provider drivers: only those for Prometheus are made', 't0']],
    });
    expect(changes([], 'CLIENT', ['gone', 'prometheus'])).toEqual({
      result: undefined,
      told: [['no metrics for extension provider gone: the mesh has none of that name', undefined]],
    });
    // The first entry is for a provider that the second replaces.
    const first = { providers: [{ name: 'prometheus' }], overrides: [{ disabled: true }] };
    expect(changes([[first], [{ providers: [{ name: 'more' }] }]]).result).toBeUndefined();
  });
});
