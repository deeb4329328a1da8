import { describe, expect, it } from 'vitest';
import { kinds } from '../registry.ts';
import { openApiSchemas } from './open-api.ts';

describe('openApiSchemas', () => {
  const all = openApiSchemas();

  it('has a self-contained schema per kind and version, with its group, version and kind', () => {
    expect(all).toHaveLength(kinds.flatMap((k) => k.versions).length);
    for (const { schema, definition, version } of all) {
      expect(JSON.stringify(schema)).not.toContain('$ref');
      expect(schema['x-kubernetes-group-version-kind']).toEqual([
        { group: definition.group, version, kind: definition.kind },
      ]);
    }
  });

  it('describes fields at their place, those of shared types too', () => {
    // A reference with a description would be an allOf with one part.
    expect(JSON.stringify(all)).not.toMatch(/"allOf":\[\{[^[\]]*\}\]/);
    const rule = all.find((s) => s.definition.kind === 'DestinationRule')?.schema as {
      properties: { spec: { properties: Record<string, { type: string; description: string; properties: object }> } };
    };
    const policy = rule.properties.spec.properties['trafficPolicy'];
    expect(policy).toMatchObject({ type: 'object', description: expect.stringContaining('all subsets') });
    expect(Object.keys(policy?.properties ?? {})).toContain('outlierDetection');
  });

  it('says what server-side apply and kubectl need: list types, numbers that may be text, parts that are kept as they are', () => {
    const text = (kind: string) => JSON.stringify(all.find((s) => s.definition.kind === kind)?.schema);
    expect(text('Service')).toContain('"x-kubernetes-list-map-keys":["port","protocol"]');
    expect(text('Service')).toContain('"x-kubernetes-int-or-string":true');
    expect(text('EnvoyFilter')).toContain('"x-kubernetes-preserve-unknown-fields":true');
  });

  it('computes each schema once', () => {
    const [first, second] = all.filter((s) => s.definition.kind === 'VirtualService');
    expect(first?.schema).toBe(first?.schema);
    expect(first?.schema['properties']).toBe(second?.schema['properties']);
  });

  it('names schemas as Kubernetes and Istio do', () => {
    const names = all.map((s) => s.name);
    expect(names).toContain('io.k8s.api.core.v1.Service');
    expect(names).toContain('io.istio.networking.v1alpha3.VirtualService');
  });

  it('keeps fields, whatever they are called, and forbids others', () => {
    const service = all.find((s) => s.definition.kind === 'Service')?.schema as {
      properties: Record<string, { properties: object; additionalProperties: boolean }>;
    };
    expect(Object.keys(service.properties)).toEqual(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
    expect(service.properties['spec']?.additionalProperties).toBe(false);
    expect(Object.keys(service.properties['spec']?.properties ?? {})).toContain('ports');
  });
});
