import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** Names in a message: what can be told of it without reading its fields. */
export interface MessageOutline {
  readonly name: string;
  readonly messages: readonly MessageOutline[];
  readonly enums: readonly string[];
  readonly hasExtensions: boolean;
}

/** Names in a file. */
export interface FileOutline {
  /** With `.proto`. */
  readonly name: string;
  readonly package: string;
  readonly messages: readonly MessageOutline[];
  readonly enums: readonly string[];
  readonly hasExtensions: boolean;
  readonly hasServices: boolean;
}

/** Reads names of an encoded FileDescriptorProto and passes over all else. Source: google/protobuf/descriptor.proto */
export function outlineOf(bytes: Uint8Array): FileOutline {
  const outline = { name: '', package: '', messages: [] as MessageOutline[], enums: [] as string[] };
  let hasExtensions = false;
  let hasServices = false;
  eachField(new BinaryReader(bytes), bytes.length, (no, reader) => {
    if (no === 1) outline.name = reader.string();
    else if (no === 2) outline.package = reader.string();
    else if (no === 4) addMessage(outline.messages, reader);
    else if (no === 5) outline.enums.push(nameOf(reader));
    else {
      hasServices ||= no === 6;
      hasExtensions ||= no === 7;
      return false;
    }
    return true;
  });
  return { ...outline, hasExtensions, hasServices };
}

/** A DescriptorProto; entries of maps are left out, as descriptors of protobuf-es have them only as fields. */
function addMessage(to: MessageOutline[], reader: BinaryReader): void {
  const messages: MessageOutline[] = [];
  const enums: string[] = [];
  let name = '';
  let hasExtensions = false;
  let isMapEntry = false;
  eachField(reader, endOfMessage(reader), (no) => {
    if (no === 1) name = reader.string();
    else if (no === 3) addMessage(messages, reader);
    else if (no === 4) enums.push(nameOf(reader));
    else if (no === 7) isMapEntry = readMapEntry(reader);
    else {
      hasExtensions ||= no === 6;
      return false;
    }
    return true;
  });
  if (!isMapEntry) to.push({ name, messages, enums, hasExtensions });
}

/** The name of an EnumDescriptorProto. */
function nameOf(reader: BinaryReader): string {
  let name = '';
  eachField(reader, endOfMessage(reader), (no) => {
    if (no !== 1) return false;
    name = reader.string();
    return true;
  });
  return name;
}

/** MessageOptions.map_entry. */
function readMapEntry(reader: BinaryReader): boolean {
  let found = false;
  eachField(reader, endOfMessage(reader), (no) => {
    if (no !== 7) return false;
    found = reader.bool();
    return true;
  });
  return found;
}

function endOfMessage(reader: BinaryReader): number {
  const length = reader.uint32();
  return reader.pos + length;
}

/** Calls for each field up to `end`; one that is not taken is passed over. */
function eachField(reader: BinaryReader, end: number, take: (no: number, reader: BinaryReader) => boolean): void {
  while (reader.pos < end) {
    const [no, wireType] = reader.tag();
    if (take(no, reader)) continue;
    if (wireType === WireType.LengthDelimited) reader.pos = endOfMessage(reader);
    else reader.skip(wireType, no);
  }
}
