/** ASN.1 tags that X.509 uses, as DER writes them (X.690 section 8.1.2). */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The tag `[n]` around a value (explicit), or in place of a constructed value's own tag. */
export function contextConstructed(number: number): number {
  return 0xa0 | number;
}

/** The tag `[n]` in place of a primitive value's own tag (implicit). */
export function contextPrimitive(number: number): number {
  return 0x80 | number;
}
