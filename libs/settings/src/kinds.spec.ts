import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as kinds from './kinds.ts';

function read<T>(schema: kinds.TextSchema<T>, value: string): T | undefined {
  return schema.safeParse(value).data;
}

describe('kinds of settings', () => {
  it('read durations into milliseconds', () => {
    expect(read(kinds.duration(), '1h30m')).toBe(5_400_000);
    expect(read(kinds.duration(), '250ms')).toBe(250);
    expect(read(kinds.duration(), '10')).toBeUndefined();
    expect(read(kinds.duration({ max: 1_000 }), '2s')).toBeUndefined();
  });

  it('write durations that read back', () => {
    fc.assert(fc.property(fc.nat(), (ms) => read(kinds.duration(), kinds.formatDuration(ms)) === ms));
  });

  it('write host:port pairs that read back', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()), fc.nat(65_535), (host, port) => {
        expect(kinds.parseHostPort(kinds.formatHostPort({ host, port }))).toEqual({ host, port });
      }),
    );
  });

  it.each(['', 'host', 'host:', ':1', 'host:65536', '::1:80', '[::1]', 'a b:1', 'a:1:2'])(
    'refuse %j as host:port',
    (value) => {
      expect(kinds.parseHostPort(value)).toBeUndefined();
    },
  );

  it('read lists, pairs, choices, paths and URLs', () => {
    expect(read(kinds.list(), 'a, b,,c')).toEqual(['a', 'b', 'c']);
    expect(read(kinds.pairs(), 'app=cart,version=v1')).toEqual({ app: 'cart', version: 'v1' });
    expect(read(kinds.pairs(), 'app')).toBeUndefined();
    expect(read(kinds.choice(['a', 'b']), 'c')).toBeUndefined();
    expect(read(kinds.path(), 'x')).toBe(`${process.cwd()}/x`);
    expect(read(kinds.url(['redis']), 'redis://h:1')).toBe('redis://h:1');
    expect(read(kinds.url(['redis']), 'http://h:1')).toBeUndefined();
  });

  it('say how they are written, also when more is made of the value', () => {
    expect(kinds.formOf(kinds.duration({ min: 1_000, max: 3_600_000 }))).toBe('duration, 1s to 1h');
    expect(kinds.formOf(kinds.integer({ min: 1 }))).toBe('number, at least 1');
    expect(kinds.formOf(kinds.url(['postgres', 'postgresql']).transform((text) => text.length))).toBe(
      'postgres://... or postgresql://...',
    );
    expect(kinds.formOf(kinds.choice(['a', 'b']))).toBe('a, b');
  });
});
