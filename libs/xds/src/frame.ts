import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { EncodedResource } from '@malla/protos';

/** The fields of a DeltaDiscoveryResponse that Malla sends. */
export interface DeltaResponseFields {
  readonly typeUrl: string;
  readonly nonce: string;
  /** For people; delta clients do not read it. */
  readonly systemVersion: string;
  readonly resources: readonly EncodedResource[];
  readonly removed: readonly string[];
}

/** The fields of a DiscoveryResponse (state of the world). */
export interface SotwResponseFields {
  readonly typeUrl: string;
  readonly nonce: string;
  readonly version: string;
  readonly resources: readonly EncodedResource[];
}

// Field numbers of envoy/service/discovery/v3/discovery.proto; a spec compares with the generated code.
const resourcesField = 2;

const deltaFrames = new WeakMap<EncodedResource, Uint8Array>();
const sotwFrames = new WeakMap<EncodedResource, Uint8Array>();

/** A DeltaDiscoveryResponse, concatenated from bytes that were encoded once for all proxies. */
export function frameDeltaResponse(fields: DeltaResponseFields): Uint8Array {
  const writer = new BinaryWriter();
  text(writer, 1, fields.systemVersion);
  for (const resource of fields.resources) writer.raw(deltaFrame(resource));
  text(writer, 4, fields.typeUrl);
  text(writer, 5, fields.nonce);
  for (const name of fields.removed) writer.tag(6, WireType.LengthDelimited).string(name);
  return writer.finish();
}

/** A DiscoveryResponse, concatenated likewise. */
export function frameSotwResponse(fields: SotwResponseFields): Uint8Array {
  const writer = new BinaryWriter();
  text(writer, 1, fields.version);
  for (const resource of fields.resources) writer.raw(sotwFrame(resource));
  text(writer, 4, fields.typeUrl);
  text(writer, 5, fields.nonce);
  return writer.finish();
}

/** Bytes that a resource takes in a delta response. */
export function deltaFrameSize(resource: EncodedResource): number {
  return deltaFrame(resource).length;
}

/** `resources` entry of a DeltaDiscoveryResponse: a Resource with version, Any and name. */
function deltaFrame(resource: EncodedResource): Uint8Array {
  return framed(deltaFrames, resource, (writer) => {
    text(writer, 1, resource.version);
    writer.tag(2, WireType.LengthDelimited).fork();
    any(writer, resource);
    writer.join();
    text(writer, 3, resource.name);
  });
}

/** `resources` entry of a DiscoveryResponse: the Any itself. */
function sotwFrame(resource: EncodedResource): Uint8Array {
  return framed(sotwFrames, resource, (writer) => any(writer, resource));
}

function framed(
  memo: WeakMap<EncodedResource, Uint8Array>,
  resource: EncodedResource,
  write: (writer: BinaryWriter) => void,
): Uint8Array {
  const known = memo.get(resource);
  if (known) return known;
  const writer = new BinaryWriter();
  writer.tag(resourcesField, WireType.LengthDelimited).fork();
  write(writer);
  const bytes = writer.join().finish();
  memo.set(resource, bytes);
  return bytes;
}

function any(writer: BinaryWriter, resource: EncodedResource): void {
  text(writer, 1, resource.any.typeUrl);
  writer.tag(2, WireType.LengthDelimited).bytes(resource.any.value);
}

function text(writer: BinaryWriter, field: number, value: string): void {
  if (value !== '') writer.tag(field, WireType.LengthDelimited).string(value);
}
