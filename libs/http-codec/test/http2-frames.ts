import { Flag, FrameType } from '../src/http2/frame-type.ts';

/** Frames by hand, right or wrong. */
export function frame(type: number, flags: number, streamId: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(9 + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(streamId, 5);
  bytes.set(payload, 9);
  return bytes;
}

export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => bytes.writeUInt32BE(value, i * 4));
  return bytes;
}

type Field = readonly [name: string, value: string];

/** A header block of literals, without tables and checks. */
export function block(fields: readonly Field[]): Buffer {
  const parts: Buffer[] = [];
  for (const field of fields) {
    parts.push(Buffer.of(0));
    for (const text of field) parts.push(length(text.length), Buffer.from(text, 'latin1'));
  }
  return Buffer.concat(parts);
}

function length(value: number): Buffer {
  if (value < 127) return Buffer.of(value);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.of(...bytes, rest);
}

export const getFields: readonly Field[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'example.test'],
];

export const postFields: readonly Field[] = [[':method', 'POST'], ...getFields.slice(1)];

/** HEADERS with all fields, and CONTINUATION where they are long. */
export function headers(streamId: number, fields: readonly Field[], endStream: boolean): Buffer {
  const whole = block(fields);
  const frames: Buffer[] = [];
  for (let at = 0; at === 0 || at < whole.length; at += 16_384) {
    const last = at + 16_384 >= whole.length ? Flag.endHeaders : 0;
    const end = at === 0 && endStream ? Flag.endStream : 0;
    const type = at === 0 ? FrameType.headers : FrameType.continuation;
    frames.push(frame(type, last | end, streamId, whole.subarray(at, at + 16_384)));
  }
  return Buffer.concat(frames);
}

export function data(streamId: number, body: string, endStream = false): Buffer {
  return frame(FrameType.data, endStream ? Flag.endStream : 0, streamId, Buffer.from(body));
}

export function reset(streamId: number, code: number): Buffer {
  return frame(FrameType.rstStream, 0, streamId, uint32(code));
}

export const settings: Buffer = frame(FrameType.settings, 0, 0);
export const settingsAck: Buffer = frame(FrameType.settings, Flag.ack, 0);

export interface ReadFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

export function readFrames(bytes: Buffer): ReadFrame[] {
  const frames: ReadFrame[] = [];
  for (let at = 0; at + 9 <= bytes.length;) {
    const size = bytes.readUIntBE(at, 3);
    frames.push({
      type: bytes[at + 3] as number,
      flags: bytes[at + 4] as number,
      streamId: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + 9, at + 9 + size),
    });
    at += 9 + size;
  }
  return frames;
}
