/** One field of a message: a number for varints, bytes for the rest. */
export interface ProtoField {
  readonly number: number;
  readonly value: number | Buffer;
}

/**
 * Reads protobuf's wire format without any schema, for the few answers that a worker gets. Groups and broken messages throw.
 * Source: https://protobuf.dev/programming-guides/encoding/
 */
export function protoFields(message: Uint8Array): readonly ProtoField[] {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const fields: ProtoField[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; at < bytes.length; factor *= 0x80) {
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      if (factor > 2 ** 63) break;
    }
    throw new Error('a broken varint');
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    const kind = tag % 8;
    if (kind === 0) {
      fields.push({ number, value: varint() });
      continue;
    }
    const length = kind === 2 ? varint() : kind === 1 ? 8 : kind === 5 ? 4 : -1;
    if (length < 0 || at + length > bytes.length) throw new Error('a broken message');
    fields.push({ number, value: bytes.subarray(at, at + length) });
    at += length;
  }
  return fields;
}

/** The last value of a field, as a number; 0 without one. */
export function protoNumber(fields: readonly ProtoField[], number: number): number {
  const value = fields.findLast((field) => field.number === number)?.value;
  return typeof value === 'number' ? value : 0;
}

export function protoText(fields: readonly ProtoField[], number: number): string {
  const value = fields.findLast((field) => field.number === number)?.value;
  return typeof value === 'object' ? value.toString('latin1') : '';
}

/** All messages of a repeated field. */
export function protoMessages(fields: readonly ProtoField[], number: number): readonly (readonly ProtoField[])[] {
  return fields.flatMap(({ number: own, value }) =>
    own === number && typeof value === 'object' ? [protoFields(value)] : [],
  );
}

export function protoTexts(fields: readonly ProtoField[], number: number): readonly string[] {
  return fields.flatMap(({ number: own, value }) =>
    own === number && typeof value === 'object' ? [value.toString('latin1')] : [],
  );
}

/** The one message of a field; undefined without it. */
export function protoMessage(fields: readonly ProtoField[], number: number): readonly ProtoField[] | undefined {
  return protoMessages(fields, number).at(-1);
}
