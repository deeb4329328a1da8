import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TOKEN } from './chars.ts';
import { FieldKind, findName, hashByte, kindAt, nameAt } from './field-names.ts';

function find(text: string, hash?: number): number {
  const bytes = Buffer.from(`..${text}..`, 'latin1');
  let own = 0;
  for (let i = 2; i < bytes.length - 2; i++) own = hashByte(own, TOKEN[bytes[i] as number] as number);
  return findName(bytes, 2, bytes.length - 2, hash ?? own);
}

const name = fc.string({ unit: fc.constantFrom(..."aAbBzZ09-_!#$%&'*+.^`|~"), minLength: 1, maxLength: 80 });

describe('a field name that is looked up', () => {
  it('is that name in lower case, whatever was looked up before', () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 20 }), (names) => {
        for (const text of [...names, ...names]) expect(nameAt(find(text))).toBe(text.toLowerCase());
      }),
    );
  });

  it('is right when all names have one hash', () => {
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 20 }), (names) => {
        for (const text of [...names, ...names]) expect(nameAt(find(text, 7))).toBe(text.toLowerCase());
      }),
    );
  });

  it('has a kind', () => {
    expect(kindAt(find('Content-Length'))).toBe(FieldKind.contentLength);
    expect(kindAt(find('content-length', 1))).toBe(FieldKind.contentLength);
    expect(kindAt(find('x', 1))).toBe(FieldKind.ordinary);
    expect(kindAt(find('x_y', 1))).toBe(FieldKind.underscore);
    expect(kindAt(find(`a_${'b'.repeat(80)}`))).toBe(FieldKind.underscore);
    expect(kindAt(find('TRANSFER-ENCODING', 1))).toBe(FieldKind.transferEncoding);
  });
});
