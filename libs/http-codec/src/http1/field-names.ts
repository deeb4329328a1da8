import { TOKEN } from './chars.ts';

/** What the codec does itself with a field, by its name. */
export const FieldKind = {
  ordinary: 0,
  host: 1,
  contentLength: 2,
  transferEncoding: 3,
  connection: 4,
  upgrade: 5,
  expect: 6,
  te: 7,
  /** keep-alive, proxy-connection, http2-settings: of this hop only, and of no use. */
  hop: 8,
  /** The name has an underscore. */
  underscore: 9,
} as const;

const KINDS = new Map<string, number>([
  ['host', FieldKind.host],
  ['content-length', FieldKind.contentLength],
  ['transfer-encoding', FieldKind.transferEncoding],
  ['connection', FieldKind.connection],
  ['upgrade', FieldKind.upgrade],
  ['expect', FieldKind.expect],
  ['te', FieldKind.te],
  ['keep-alive', FieldKind.hop],
  ['proxy-connection', FieldKind.hop],
  ['http2-settings', FieldKind.hop],
]);

/** Slots of the cache; a power of two. */
const SLOTS = 2048;
/** Longer names are not kept, so that the cache stays below 200 KB whatever peers send. */
const MAX_CACHED = 64;

/*
 * Names seen lately, by their hash: a name that is there costs no new string. Two slots per hash, the one last learnt first, so a peer that sends names
 * which collide only makes its own look-ups miss.
 */
const names: string[] = new Array<string>(SLOTS + 1).fill('');
const kinds = new Uint8Array(SLOTS + 1);

/** Adds a byte (in lower case) to the hash of a name; begin with 0. */
export function hashByte(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + byte) | 0;
}

/**
 * Looks a name up, in any case, whose bytes are all of a token; `hash` is over its lower-case bytes. The number that is returned is good for
 * {@link nameAt} and {@link kindAt} until the next call.
 */
export function findName(bytes: Uint8Array, start: number, end: number, hash: number): number {
  const slot = (hash ^ (hash >>> 15)) & (SLOTS - 2);
  if (isName(bytes, start, end, names[slot] as string)) return slot;
  if (isName(bytes, start, end, names[slot + 1] as string)) return slot + 1;
  return learn(bytes, start, end, end - start <= MAX_CACHED ? slot : SLOTS);
}

function isName(bytes: Uint8Array, start: number, end: number, name: string): boolean {
  const length = end - start;
  if (name.length !== length) return false;
  for (let i = 0; i < length; i++) if (TOKEN[bytes[start + i] as number] !== name.charCodeAt(i)) return false;
  return true;
}

export function nameAt(slot: number): string {
  return names[slot] as string;
}

/** One of {@link FieldKind}. */
export function kindAt(slot: number): number {
  return kinds[slot] as number;
}

function learn(bytes: Uint8Array, start: number, end: number, slot: number): number {
  let name = '';
  for (let i = start; i < end; i++) name += String.fromCharCode(TOKEN[bytes[i] as number] as number);
  // As a key it becomes V8's one string of that text, and comparing it with another such string compares pointers.
  name = Object.keys({ [name]: 0 })[0] as string;
  if (slot !== SLOTS) {
    names[slot + 1] = names[slot] as string;
    kinds[slot + 1] = kinds[slot] as number;
  }
  names[slot] = name;
  kinds[slot] = KINDS.get(name) ?? (name.includes('_') ? FieldKind.underscore : FieldKind.ordinary);
  return slot;
}
