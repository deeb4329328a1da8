import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { AnalysisIndex } from './analysis-index.ts';
import { Admission } from './admission.ts';
import { ValidationMetrics } from './validation-metrics.ts';

it('objects are counted by kind and outcome; what nobody knows makes no labels', async () => {
  const registry = new Registry();
  const admission = new Admission(new AnalysisIndex('cluster.local', Date.now), new ValidationMetrics(registry));
  const object = (spec: object) => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'a', namespace: 'b' },
    spec,
  });
  admission.admit(object({ host: 'a' }));
  expect(() => admission.admit(object({ host: 7 }))).toThrow();
  expect(() => admission.admit({ apiVersion: 'random.example/v1', kind: 'Random' })).toThrow();
  expect(() => admission.admit(undefined)).toThrow();
  const text = await registry.metrics();
  const rule = 'group="networking.istio.io",version="v1",resource="destinationrules"';
  expect(text).toContain(`galley_validation_passed{${rule}} 1\n`);
  expect(text).toContain(`galley_validation_failed{${rule},reason="invalid"} 1\n`);
  expect(text).toContain(
    'galley_validation_failed{group="unknown",version="unknown",resource="unknown",reason="invalid"} 2',
  );
});
