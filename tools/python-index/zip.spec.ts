import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { listZip, readZipEntry } from './zip.mjs';

const text = new TextEncoder().encode('a program, a program, a program');

function archive(level: 0 | 9 = 9, comment = '') {
  const bytes = Buffer.from(zipSync({ 'x/readme': new Uint8Array(0), 'x/bin/program': text }, { level }));
  if (!comment) return bytes;
  bytes.writeUInt16LE(comment.length, bytes.length - 2);
  return Buffer.concat([bytes, Buffer.from(comment)]);
}

describe('readZipEntry', () => {
  it.each([['deflated', 9] as const, ['stored', 0] as const])('reads a %s entry', (_, level) => {
    expect(Buffer.from(text).equals(readZipEntry(archive(level), 'x/bin/program'))).toBe(true);
  });

  it('reads an archive with a comment at its end', () => {
    expect(readZipEntry(archive(9, 'made by hand'), 'x/bin/program').toString()).toMatch(/^a program/);
  });

  it('lists the entries', () => {
    expect(listZip(archive()).map((entry) => [entry.name, entry.size])).toEqual([
      ['x/readme', 0],
      ['x/bin/program', text.length],
    ]);
  });

  it('says which entry is missing', () => {
    expect(() => readZipEntry(archive(), 'x/bin/other')).toThrow('has no x/bin/other');
  });

  it('refuses what is no archive, and a damaged one', () => {
    expect(() => readZipEntry(Buffer.from('<html>a sign-in page</html>'), 'x')).toThrow('not a zip archive');
    const damaged = archive();
    const [, program] = listZip(damaged);
    damaged.fill(0xff, program!.header + 30 + 'x/bin/program'.length, program!.header + 50);
    expect(() => readZipEntry(damaged, 'x/bin/program')).toThrow('x/bin/program is damaged');
    expect(() => listZip(archive().subarray(40))).toThrow(/zip/);
  });
});
