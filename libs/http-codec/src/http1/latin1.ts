/** Methods of Buffer.prototype that work on every Uint8Array; `toString` and `write` only choose among them. */
interface Latin1Methods {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number): number;
}

const { latin1Slice, latin1Write } = Buffer.prototype as unknown as Latin1Methods;

/** Bytes as text of one character per byte. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return latin1Slice.call(bytes, start, end);
}

/** Puts text of one character per byte into `bytes`. */
export function writeLatin1(bytes: Uint8Array, text: string, offset: number): void {
  latin1Write.call(bytes, text, offset);
}
