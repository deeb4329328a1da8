import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PrivateFolder } from './private-folder.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'malla-private-'));
});

afterEach(() => rmSync(root, { recursive: true }));

function mode(path: string): number {
  return statSync(path).mode & 0o777;
}

describe('PrivateFolder', () => {
  it('keeps folders and files to their owner, whatever the umask', () => {
    const before = process.umask(0);
    try {
      const folder = PrivateFolder.open(join(root, 'a/b'));
      folder.write('key', 'one');
      folder.write('key', 'two');
      expect(folder.read('key')).toBe('two');
      expect(mode(folder.path)).toBe(0o700);
      expect(mode(folder.file('key'))).toBe(0o600);
      expect(mode(folder.folder('inner').path)).toBe(0o700);
      expect(readdirSync(folder.path).sort()).toEqual(['inner', 'key']);
    } finally {
      process.umask(before);
    }
  });

  it('refuses what is open to others, and says how to mend it', () => {
    mkdirSync(join(root, 'open'));
    chmodSync(join(root, 'open'), 0o750);
    expect(() => PrivateFolder.open(join(root, 'open'))).toThrow(`(mode 750): run chmod 700 ${join(root, 'open')}`);
    const folder = PrivateFolder.open(join(root, 'closed'));
    writeFileSync(folder.file('key'), 'x', { mode: 0o644 });
    expect(() => folder.read('key')).toThrow(`run chmod 600 ${folder.file('key')}`);
    writeFileSync(join(root, 'file'), '');
    expect(() => PrivateFolder.open(join(root, 'file'))).toThrow();
  });

  it('says what cannot be made or written, and why', () => {
    writeFileSync(join(root, 'file'), '');
    const inside = join(root, 'file/state');
    expect(() => PrivateFolder.open(inside)).toThrow(`${inside} cannot be made: not a directory`);
    expect(() => PrivateFolder.open(join(root, 'file'))).toThrow(`${join(root, 'file')} cannot be made`);
    const folder = PrivateFolder.open(join(root, 'state'));
    rmSync(folder.path, { recursive: true });
    expect(() => folder.write('key', 'x')).toThrow(
      `${folder.file('key')} cannot be written: no such file or directory`,
    );
  });

  it('takes over a half-written file of a crash', () => {
    const folder = PrivateFolder.open(join(root, 'state'));
    folder.write('key', 'old');
    writeFileSync(folder.file('key.new'), 'ha');
    expect(folder.read('key')).toBe('old');
    folder.write('key', 'new');
    expect(folder.read('key')).toBe('new');
    folder.remove('key');
    expect(folder.has('key')).toBe(false);
    expect(folder.read('key')).toBeUndefined();
  });
});
