import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DerError, DerReader } from './reader.ts';
import { tags } from './tags.ts';
import * as write from './writer.ts';

const bytes = fc.uint8Array({ maxLength: 300 });

describe('DER', () => {
  it('reads back elements of any length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 70_000 }), (length) => {
        const content = new Uint8Array(length).fill(7);
        const reader = new DerReader(write.octetString(content));
        expect(Buffer.compare(Buffer.from(reader.octetString()), Buffer.from(content))).toBe(0);
        reader.end();
      }),
    );
  });

  it('reads back nested values', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 50 });
    fc.assert(
      fc.property(fc.array(fc.record({ bytes, text, flag: fc.boolean() }), { maxLength: 5 }), (items) => {
        const encoded = write.sequence(
          ...items.map((item) =>
            write.sequence(
              write.octetString(item.bytes),
              write.utf8String(item.text),
              write.boolean(item.flag),
              write.nullValue(),
            ),
          ),
        );
        const outer = new DerReader(encoded).enter();
        for (const item of items) {
          const inner = outer.enter();
          expect(Buffer.from(inner.octetString()).equals(Buffer.from(item.bytes))).toBe(true);
          expect(Buffer.from(inner.read(tags.utf8String).content).toString()).toBe(item.text);
          expect(inner.boolean()).toBe(item.flag);
          inner.read(tags.null);
          inner.end();
        }
        outer.end();
      }),
    );
  });

  it('reads back integers', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 200n }), (value) => {
        const hex = value.toString(16);
        const encoded = write.unsignedInteger(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'));
        expect(BigInt(`0x${Buffer.from(new DerReader(encoded).integer()).toString('hex')}`)).toBe(value);
      }),
    );
  });

  it('reads back object identifiers', () => {
    const arc = fc.nat(2 ** 31 - 1);
    fc.assert(
      fc.property(fc.nat(2), fc.nat(39), fc.array(arc, { maxLength: 8 }), (first, second, rest) => {
        const dotted = [first, second, ...rest].join('.');
        expect(new DerReader(write.oid(dotted)).oid()).toBe(dotted);
      }),
    );
    expect(() => write.oid('3.1')).toThrow(TypeError);
    expect(() => write.oid('1.x')).toThrow(TypeError);
  });

  it('reads back times in whole seconds, on both sides of 2050', () => {
    fc.assert(
      fc.property(fc.integer({ min: -600_000_000, max: 250_000_000_000 }), (seconds) => {
        expect(new DerReader(write.time(seconds * 1_000)).time()).toBe(seconds * 1_000);
      }),
    );
    expect(write.time(Date.UTC(2049, 11, 31, 23, 59, 59))[0]).toBe(tags.utcTime);
    expect(write.time(Date.UTC(2050, 0, 1))[0]).toBe(tags.generalizedTime);
  });

  it('reads back named bits', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(20), { minLength: 1 }), (bits) => {
        expect([...new DerReader(write.namedBits(bits)).namedBits()].sort((a, b) => a - b)).toEqual(
          [...bits].sort((a, b) => a - b),
        );
      }),
    );
  });

  it.each([
    ['an indefinite length', '3080'],
    ['a length in two bytes that fits in one', '04810141'],
    ['a length with a leading zero', '0482000141'],
    ['four length bytes', '048400000001'],
    ['an element that ends after the input', '0405aa'],
    ['a tag of several bytes', '1f8100'],
    ['no length', '30'],
  ])('refuses %s', (_name, hex) => {
    expect(() => new DerReader(Buffer.from(hex, 'hex')).read()).toThrow(DerError);
  });

  it.each([
    ['a padded integer', '02020001', (reader: DerReader) => reader.integer()],
    ['an empty integer', '0200', (reader: DerReader) => reader.integer()],
    ['a large small integer', '02050100000000', (reader: DerReader) => reader.smallInteger()],
    ['a boolean of 1', '010101', (reader: DerReader) => reader.boolean()],
    ['an object identifier without an end', '060181', (reader: DerReader) => reader.oid()],
    ['a padded object identifier', '0603288001', (reader: DerReader) => reader.oid()],
    ['the 30th of February', '170d3236303233303030303030305a', (reader: DerReader) => reader.time()],
    ['trailing data', '0401aa0400', (reader: DerReader) => (reader.read(), reader.end())],
  ])('refuses %s', (_name, hex, read) => {
    expect(() => read(new DerReader(Buffer.from(hex, 'hex')))).toThrow(DerError);
  });

  it('fails on any bytes only by its own error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (input) => {
        const reader = new DerReader(input);
        try {
          while (!reader.atEnd) reader.read();
        } catch (error) {
          expect(error).toBeInstanceOf(DerError);
        }
      }),
    );
  });
});
