import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { badRequest } from './api-status.ts';
import { protobufKinds, type Field, type Schema } from './kube-protobuf-kinds.ts';

type Json = Record<string, unknown>;

const envelope: Schema = {
  1: ['typeMeta', { 1: ['apiVersion', 'string'], 2: ['kind', 'string'] }],
  2: ['raw', 'bytes'],
  3: ['contentEncoding', 'string'],
  4: ['contentType', 'string'],
};
const magic = Buffer.from('k8s\u0000');
const intOrString: Schema = { 1: ['type', 'int'], 2: ['intVal', 'int'], 3: ['strVal', 'string'] };

/**
 * Reads an object of a core kind from Kubernetes' protobuf encoding, which `kubectl create namespace|secret|service` sends.
 * Fields that are not in the tables are refused, never ignored.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 */
export function parseKubeProtobuf(body: Uint8Array): Json {
  if (Buffer.compare(body.subarray(0, 4), magic) !== 0)
    throw badRequest("the body is not an object in Kubernetes' protobuf encoding");
  const { typeMeta, raw } = readMessage(body.subarray(4), envelope, '') as {
    typeMeta?: { apiVersion?: string; kind?: string };
    raw?: Uint8Array;
  };
  const { apiVersion = '', kind = '' } = typeMeta ?? {};
  const schema = protobufKinds[`${apiVersion}/${kind}`];
  if (schema === undefined) throw badRequest(`${apiVersion} ${kind} is not accepted in protobuf encoding; send JSON`);
  return { apiVersion, kind, ...readMessage(raw ?? new Uint8Array(), schema, '') };
}

/** Encoders write fields at their zero values too: those mean "not set". */
function readMessage(bytes: Uint8Array, schema: Schema, path: string): Json {
  const result: Json = {};
  try {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [number, wireType] = reader.tag();
      const field = schema[number];
      if (field === undefined) {
        refuseUnlessEmpty(reader, { number, wireType, path });
        continue;
      }
      const [name, type, repeated] = field;
      const at = path === '' ? name : `${path}.${name}`;
      if (repeated === 'list')
        result[name] = [
          ...((result[name] as unknown[] | undefined) ?? []),
          readMessage(reader.bytes(), type as Schema, at),
        ];
      else if (type === 'texts') result[name] = [...((result[name] as unknown[] | undefined) ?? []), reader.string()];
      else setField(result, name, readValue(reader, type, at));
    }
  } catch (error) {
    if (error instanceof RangeError || (error instanceof Error && error.name === 'Error'))
      throw badRequest(`the protobuf body is cut off or malformed at ${path || 'its start'}`);
    throw error;
  }
  return result;
}

function readValue(reader: BinaryReader, type: Field[1], path: string): unknown {
  if (typeof type === 'object') return readMessage(reader.bytes(), type, path);
  if (type === 'string') return reader.string() || undefined;
  if (type === 'bool') return reader.bool() || undefined;
  if (type === 'flag') return reader.bool();
  if (type === 'int') return Number(reader.int64()) || undefined;
  const bytes = reader.bytes();
  if (type === 'bytes') return bytes;
  if (type === 'strings') return entry(bytes, (value) => value.string());
  if (type === 'bytesMap') return entry(bytes, (value) => Buffer.from(value.bytes()).toString('base64'));
  if (type === 'intOrString') return readIntOrString(bytes);
  if (Object.keys(readMessage(bytes, {}, path)).length > 0)
    throw badRequest(`${path} is not accepted in protobuf encoding; send JSON`);
  return undefined;
}

function readIntOrString(bytes: Uint8Array): unknown {
  const { type, intVal, strVal } = readMessage(bytes, intOrString, 'targetPort') as {
    type?: number;
    intVal?: number;
    strVal?: string;
  };
  return type === 1 ? strVal : intVal;
}

/** One entry of a map: key 1, value 2. */
function entry(bytes: Uint8Array, readEntry: (reader: BinaryReader) => string): Record<string, string> {
  const reader = new BinaryReader(bytes);
  let key = '';
  let value = '';
  while (reader.pos < reader.len) {
    const [number] = reader.tag();
    if (number === 1) key = reader.string();
    else value = readEntry(reader);
  }
  return { [key]: value };
}

function setField(result: Json, name: string, value: unknown): void {
  if (value === undefined) return;
  const before = result[name];
  result[name] =
    typeof before === 'object' && typeof value === 'object' && !(value instanceof Uint8Array)
      ? { ...before, ...value }
      : value;
}

function refuseUnlessEmpty(
  reader: BinaryReader,
  { number, wireType, path }: { number: number; wireType: WireType; path: string },
): void {
  const empty =
    wireType === WireType.LengthDelimited
      ? reader.bytes().length === 0
      : Number(wireType === WireType.Varint ? reader.uint64() : 1n) === 0;
  if (!empty)
    throw badRequest(`field ${number} of ${path || 'the object'} is not accepted in protobuf encoding; send JSON`);
}
