import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MallaError } from '@malla/model';
import { parseKubeProtobuf } from './kube-protobuf.ts';

const text = (writer: BinaryWriter, field: number, value: string) =>
  writer.tag(field, WireType.LengthDelimited).string(value);
const nested = (writer: BinaryWriter, field: number, value: BinaryWriter) =>
  writer.tag(field, WireType.LengthDelimited).bytes(value.finish());

function body(kind: string, object: BinaryWriter): Uint8Array {
  const typeMeta = text(text(new BinaryWriter(), 1, 'v1'), 2, kind);
  const unknown = nested(nested(new BinaryWriter(), 1, typeMeta), 2, object);
  return Buffer.concat([Buffer.from('k8s\u0000'), unknown.finish()]);
}

const metadata = () => text(text(new BinaryWriter(), 1, 'key'), 2, '');

describe("Kubernetes' protobuf encoding", () => {
  it('is read for core kinds; zero values are not set', () => {
    const port = text(new BinaryWriter(), 1, 'http').tag(3, WireType.Varint).int32(80).tag(5, WireType.Varint).int32(0);
    const target = new BinaryWriter().tag(1, WireType.Varint).int32(1);
    nested(port, 4, text(target, 3, 'web'));
    const spec = nested(new BinaryWriter(), 1, port);
    nested(spec, 2, text(text(new BinaryWriter(), 1, 'app'), 2, 'web'));
    expect(parseKubeProtobuf(body('Service', nested(nested(new BinaryWriter(), 1, metadata()), 2, spec)))).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'key' },
      spec: { ports: [{ name: 'http', port: 80, targetPort: 'web' }], selector: { app: 'web' } },
    });
  });

  it('is refused where it says what we do not read', () => {
    const managedFields = text(metadata(), 17, 'x');
    expect(() => parseKubeProtobuf(body('Namespace', nested(new BinaryWriter(), 1, managedFields)))).toThrow(
      'field 17 of metadata',
    );
    expect(() => parseKubeProtobuf(body('Pod', new BinaryWriter()))).toThrow('Pod');
    expect(() => parseKubeProtobuf(Buffer.from('{}'))).toThrow('not an object');
  });

  it('is never more than a bad request, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          parseKubeProtobuf(body('Secret', new BinaryWriter().raw(bytes)));
        } catch (error) {
          expect(error).toBeInstanceOf(MallaError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
