import { describe, expect, it } from 'vitest';
import { dropUnknownFields } from './drop-unknown-fields.ts';

describe('dropUnknownFields', () => {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { ports: [{ port: 80, prot: 'TCP' }], prots: { deeper: 1 } },
  };

  it('drops what the kind does not know, wherever it stands, and tells it', () => {
    const { object, dropped } = dropUnknownFields(service);
    expect(object).toMatchObject({ spec: { ports: [{ port: 80 }] } });
    expect(dropped.map((p) => p.path).sort()).toEqual(['spec.ports[0].prot', 'spec.prots']);
    expect(service.spec.prots).toEqual({ deeper: 1 });
  });

  it('leaves an object without any as it is', () => {
    const known = { ...service, spec: { ports: [{ port: 80 }] } };
    expect(dropUnknownFields(known)).toEqual({ object: known, dropped: [] });
  });
});
