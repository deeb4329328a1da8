import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeaderList } from '../../headers.ts';
import { Http2Error } from '../error-code.ts';
import { FieldKind } from './field-kind.ts';
import { HpackDecoder } from './hpack-decoder.ts';
import { HpackEncoder } from './hpack-encoder.ts';

type Field = readonly [name: string, value: string];

function decode(decoder: HpackDecoder, block: Buffer): Field[] {
  const fields: Field[] = [];
  decoder.decode(block, 0, block.length, { onField: (name, value) => fields.push([name, value]) });
  return fields;
}

function decodeHex(decoder: HpackDecoder, hex: string): Field[] {
  return decode(decoder, Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

function encode(encoder: HpackEncoder, fields: readonly Field[]): Buffer {
  const size = fields.reduce((sum, [name, value]) => sum + name.length + value.length + 16, 64);
  const to = Buffer.alloc(size);
  encoder.begin(to, 0);
  for (const [name, value] of fields) encoder.field(name, value);
  return to.subarray(0, encoder.end());
}

const firstRequest: Field[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'www.example.com'],
];
const requests: Field[][] = [
  firstRequest,
  [...firstRequest, ['cache-control', 'no-cache']],
  [
    [':method', 'GET'],
    [':scheme', 'https'],
    [':path', '/index.html'],
    [':authority', 'www.example.com'],
    ['custom-key', 'custom-value'],
  ],
];
const responses: Field[][] = [
  [
    [':status', '302'],
    ['cache-control', 'private'],
    ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
    ['location', 'https://www.example.com'],
  ],
  [
    [':status', '307'],
    ['cache-control', 'private'],
    ['date', 'Mon, 21 Oct 2013 20:13:21 GMT'],
    ['location', 'https://www.example.com'],
  ],
  [
    [':status', '200'],
    ['cache-control', 'private'],
    ['date', 'Mon, 21 Oct 2013 20:13:22 GMT'],
    ['location', 'https://www.example.com'],
    ['content-encoding', 'gzip'],
    ['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'],
  ],
];

describe('HPACK: the examples of RFC 7541, appendix C', () => {
  it.each([
    ['C.2.1', '400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572', ['custom-key', 'custom-header'], 55],
    ['C.2.2', '040c 2f73 616d 706c 652f 7061 7468', [':path', '/sample/path'], 0],
    ['C.2.3', '1008 7061 7373 776f 7264 0673 6563 7265 74', ['password', 'secret'], 0],
    ['C.2.4', '82', [':method', 'GET'], 0],
  ])('%s', (_name, hex, field, tableSize) => {
    const decoder = new HpackDecoder();
    expect(decodeHex(decoder, hex)).toEqual([field]);
    expect(decoder.tableSize).toBe(tableSize);
  });

  it.each([
    [
      'C.3, requests in plain text',
      [
        '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        '8286 84be 5808 6e6f 2d63 6163 6865',
        '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
      ],
    ],
    [
      'C.4, requests in Huffman code',
      [
        '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
        '8286 84be 5886 a8eb 1064 9cbf',
        '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
      ],
    ],
  ])('%s', (_name, blocks) => {
    const decoder = new HpackDecoder();
    expect(blocks.map((hex) => [decodeHex(decoder, hex), decoder.tableSize])).toEqual([
      [requests[0], 57],
      [requests[1], 110],
      [requests[2], 164],
    ]);
  });

  it.each([
    [
      'C.5, responses in plain text',
      [
        '4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        '4803 3330 37c1 c0bf',
        '88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31',
      ],
    ],
    [
      'C.6, responses in Huffman code',
      [
        '4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3',
        '4883 640e ffc1 c0bf',
        '88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07',
      ],
    ],
  ])('%s, with evictions from a table of 256 bytes', (_name, blocks) => {
    const decoder = new HpackDecoder();
    decodeHex(decoder, '3fe1 01');
    expect(blocks.map((hex) => [decodeHex(decoder, hex), decoder.tableSize])).toEqual([
      [responses[0], 222],
      [responses[1], 222],
      [responses[2], 215],
    ]);
  });

  it('the encoder writes C.4 as it is there', () => {
    const encoder = new HpackEncoder();
    expect(requests.map((fields) => encode(encoder, fields).toString('hex'))).toEqual([
      '828684418cf1e3c2e5f23a6ba0ab90f4ff',
      '828684be5886a8eb10649cbf',
      '828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf',
    ]);
  });
});

const name = fc.oneof(
  fc.constantFrom('accept', 'cookie', 'authorization', 'x-a', 'date', ':path', 'content-type', 'via'),
  fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789-_'), minLength: 1, maxLength: 40 }),
);
const value = fc
  .string({
    unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code === 0x7f ? 0x7e : code)),
  })
  .map((text) => text.trim());
const skipped = new Set(['host', 'connection', 'upgrade', 'keep-alive', 'transfer-encoding', 'proxy-connection']);
const list = fc
  .array(fc.tuple(name, value), { maxLength: 30 })
  .map((fields) => fields.filter(([n]) => !skipped.has(n)));

describe('HPACK: our encoder against our decoder', () => {
  it('gives back all lists of a connection, whatever the sizes of the tables', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: list },
      { weight: 1, arbitrary: fc.constantFrom(0, 50, 200, 1000, 4096, 100_000) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const encoder = new HpackEncoder();
        const decoder = new HpackDecoder();
        for (const one of steps) {
          if (typeof one === 'number') {
            // As SETTINGS_HEADER_TABLE_SIZE does on both sides.
            encoder.setPeerLimit(one);
            decoder.setLimit(Math.max(one, 4096));
            continue;
          }
          expect(decode(decoder, encode(encoder, one))).toEqual(one);
          expect(decoder.tableSize).toBe(encoder.tableSize);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('what comes again takes a byte', () => {
    const encoder = new HpackEncoder();
    encode(encoder, responses[0] as Field[]);
    expect(encode(encoder, responses[0] as Field[]).length).toBe(4);
  });

  it('values that never come again are not put into the table for long', () => {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder();
    for (let i = 0; i < 1000; i++) {
      const fields: Field[] = [
        ['x-request-id', `id-${i}`],
        ['user-agent', 'steady'],
      ];
      expect(decode(decoder, encode(encoder, fields))).toEqual(fields);
    }
    expect(encode(encoder, [['user-agent', 'steady']]).length).toBe(1);
    expect(encoder.tableSize).toBeLessThan(3000);
  });

  it.each(['authorization', 'cookie', 'set-cookie', 'proxy-authorization'])('%s is never indexed', (secret) => {
    const encoder = new HpackEncoder();
    encode(encoder, [[secret, 'abc']]);
    expect(encoder.tableSize).toBe(0);
    expect((encode(encoder, [[secret, 'abc']])[0] as number) & 0xf0).toBe(0x10);
  });

  it('a smaller table is told first, and by the smallest size it had', () => {
    const encoder = new HpackEncoder();
    encode(encoder, [['x-a', 'b']]);
    encoder.setPeerLimit(0);
    encoder.setPeerLimit(4096);
    const block = encode(encoder, [['x-a', 'b']]);
    expect(block.subarray(0, 4).toString('hex')).toBe('203fe11f');
    expect(block[4]).toBe(0x40);
  });

  it('fields of the connection are left out', () => {
    expect(
      encode(new HpackEncoder(), [
        ['connection', 'close'],
        ['host', 'a'],
        ['upgrade', 'x'],
      ]).length,
    ).toBe(0);
  });

  it('a value that cannot be sent throws before anything is written', () => {
    const bad = new HeaderList(['x-a'], ['b\r\nc']);
    expect(() => HpackEncoder.bound(bad)).toThrow(TypeError);
  });

  it('names that others make up take no memory for ever', () => {
    const encoder = new HpackEncoder();
    const decoder = new HpackDecoder();
    for (let i = 0; i < 5000; i++) {
      const fields: Field[] = [[`x-${i}`, 'v']];
      expect(decode(decoder, encode(encoder, fields))).toEqual(fields);
    }
    expect(encoder.tableSize).toBeLessThanOrEqual(4096);
  });
});

describe('HPACK: what a decoder refuses', () => {
  it.each([
    ['index 0', '80'],
    ['an index beyond the table', 'be'],
    ['a literal whose name index is beyond the table', '7f00 0161'],
    ['a block that ends inside an integer', 'ff'],
    ['an integer without end', 'ffff ffff ffff ffff ffff'],
    ['a string longer than the block', '0003 6162'],
    ['no value', '0001 61'],
    ['Huffman padding of zeros', '0001 6181 00'],
    ['Huffman padding of a whole byte', '0001 6182 1fff'],
    ['the end of string in Huffman code', '0001 6184 ffff fffc'],
    ['a size update behind a field', '8220'],
    ['a table larger than allowed', '3fe2 1f'],
  ])('%s', (_name, hex) => {
    expect(() => decodeHex(new HpackDecoder(), hex)).toThrow(Http2Error);
  });

  it('a table that is not made smaller after SETTINGS', () => {
    const decoder = new HpackDecoder();
    decoder.setLimit(100);
    expect(() => decodeHex(decoder, '82')).toThrow(Http2Error);
    const told = new HpackDecoder();
    told.setLimit(100);
    expect(decodeHex(told, '3f45 82')).toEqual([[':method', 'GET']]);
  });

  it('marks what may not be in a field', () => {
    const kinds: number[] = [];
    const block = encodePlain([
      ['X-A', 'b'],
      ['x a', 'b'],
      ['', 'b'],
      ['x-a', 'b\0'],
      ['x-a', 'b\n'],
      [':new', 'b'],
      ['x_a', 'b'],
      ['x-a', ' \xfe\t'],
    ]);
    new HpackDecoder().decode(block, 0, block.length, { onField: (_n, _v, kind) => kinds.push(kind) });
    const { invalid, underscore, regular } = FieldKind;
    expect(kinds).toEqual([invalid, invalid, invalid, invalid, invalid, invalid, underscore, regular]);
  });

  it('white space around values is taken away, and still counts in the table', () => {
    const decoder = new HpackDecoder();
    expect(decodeHex(decoder, '4001 6103 2062 09')).toEqual([['a', 'b']]);
    expect(decoder.tableSize).toBe(1 + 3 + 32);
  });

  it('never does anything but refuse, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), (blocks) => {
        const decoder = new HpackDecoder();
        for (const block of blocks) {
          try {
            decode(decoder, Buffer.from(block));
          } catch (error) {
            expect(error).toBeInstanceOf(Http2Error);
            return;
          }
          expect(decoder.tableSize).toBeLessThanOrEqual(4096);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('refuses or reads blocks that were changed on the way', () => {
    fc.assert(
      fc.property(list, fc.nat(), fc.nat(255), fc.boolean(), (fields, at, byte, cut) => {
        const block = Buffer.from(encode(new HpackEncoder(), fields));
        if (block.length === 0) return;
        block[at % block.length] = byte;
        const changed = cut ? block.subarray(0, at % block.length) : block;
        try {
          decode(new HpackDecoder(), changed);
        } catch (error) {
          expect(error).toBeInstanceOf(Http2Error);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

/** Without checks, Huffman code and tables. */
function encodePlain(fields: readonly Field[]): Buffer {
  return Buffer.concat(
    fields.map(([n, v]) =>
      Buffer.concat([Buffer.of(0, n.length), Buffer.from(n, 'latin1'), Buffer.of(v.length), Buffer.from(v, 'latin1')]),
    ),
  );
}
