import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSecretKeys } from './secret-cipher.ts';

describe('the file of secret keys', () => {
  let folder: string;
  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-keys-'));
  });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('is made for its owner alone, and is the same ever after', () => {
    const file = path.join(folder, 'made', 'secret.key');
    const first = loadSecretKeys(file);
    expect(first).toHaveLength(1);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(loadSecretKeys(file)).toEqual(first);
  });

  it('is refused when others can read it', () => {
    const file = path.join(folder, 'open.key');
    loadSecretKeys(file);
    fs.chmodSync(file, 0o644);
    expect(() => loadSecretKeys(file)).toThrow(/can be read by other users/);
  });

  it.skipIf(process.getuid?.() !== 0)("may be readable by its group when it is root's, and no one else's", () => {
    const file = path.join(folder, 'mounted.key');
    const keys = loadSecretKeys(file);
    fs.chmodSync(file, 0o440);
    expect(loadSecretKeys(file)).toEqual(keys);
    fs.chmodSync(file, 0o660);
    expect(() => loadSecretKeys(file)).toThrow(/other users/);
    fs.chmodSync(file, 0o440);
    fs.chownSync(file, 65_534, 65_534);
    expect(() => loadSecretKeys(file)).toThrow(/other users/);
  });
});
