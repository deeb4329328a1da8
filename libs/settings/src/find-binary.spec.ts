import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findBinary } from './find-binary.ts';

let root: string;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'malla-settings-'));
  for (const folder of ['named', 'onpath', '.tools/bin', 'deep/er']) mkdirSync(join(root, folder), { recursive: true });
  for (const file of ['named/envoy', 'onpath/envoy', '.tools/bin/envoy', '.tools/bin/redis']) program(join(root, file));
});

afterAll(() => rmSync(root, { recursive: true }));

function program(path: string): void {
  writeFileSync(path, '');
  chmodSync(path, 0o755);
}

function find(name: string, env: Record<string, string>) {
  return findBinary({ name, variable: 'MALLA_X', env, cwd: join(root, 'deep/er') });
}

describe('findBinary', () => {
  it('prefers the variable, then PATH, then .tools/bin upwards', () => {
    const path = join(root, 'onpath');
    expect(find('envoy', { MALLA_X: join(root, 'named/envoy'), PATH: path })).toEqual({
      found: true,
      path: join(root, 'named/envoy'),
    });
    expect(find('envoy', { PATH: path })).toEqual({ found: true, path: join(path, 'envoy') });
    expect(find('redis', { PATH: path })).toEqual({ found: true, path: join(root, '.tools/bin/redis') });
  });

  it('says what to do when there is none', () => {
    expect(find('nothing', {})).toMatchObject({ found: false, message: expect.stringContaining('set MALLA_X') });
    expect(find('envoy', { MALLA_X: '/does/not/exist', PATH: join(root, 'onpath') })).toMatchObject({
      found: false,
      message: expect.stringContaining('/does/not/exist'),
    });
  });
});
