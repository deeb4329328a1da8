/** Checks of what goes into a message. All throw TypeErrors: whoever makes a field has to make a right one. */

/** A field name: a token in lower case. */
export function assertFieldName(name: string): void {
  for (let i = 0; i < name.length; i++) {
    const c = name.charCodeAt(i);
    if (c > 0x7e || NAME[c] === 0) throw new TypeError(`not a field name in lower case: ${JSON.stringify(name)}`);
  }
  if (name.length === 0) throw new TypeError('an empty field name');
}

/** Text of one character per byte without control characters other than tab: it can neither end a line nor become another byte. The value is not told. */
export function assertFieldValue(name: string, value: string): void {
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i);
    if (c < 0x20 ? c !== 0x09 : c > 0x7e && (c === 0x7f || c > 0xff)) {
      throw new TypeError(`field ${name} has a character that cannot be sent (U+${c.toString(16)} at ${i})`);
    }
  }
}

/** Text as the bytes of its UTF-8, one character per byte: how text beyond ASCII from configuration gets into a field value. */
export function utf8Text(text: string): string {
  for (let i = 0; i < text.length; i++)
    if (text.charCodeAt(i) > 0x7e) return Buffer.from(text, 'utf8').toString('latin1');
  return text;
}

const NAME = new Uint8Array(0x80);
for (const c of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") NAME[c.charCodeAt(0)] = 1;
