import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPostmaster, isAlive } from './postmaster-file.ts';

describe.skipIf(!fs.existsSync('/proc/self/cwd'))('postmaster.pid of a server that is a zombie', () => {
  let folder: string;
  let file: string;
  const children: ChildProcess[] = [];

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-postmaster-'));
    file = path.join(folder, 'postmaster.pid');
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    fs.rmSync(folder, { recursive: true, force: true });
  });

  /** A process that ends when its parent has become another program, which never asks for it. */
  async function zombie(): Promise<number> {
    const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(parent);
    const pid = await new Promise<number>((resolve) => parent.stdout!.once('data', (text) => resolve(Number(text))));
    await expect.poll(() => fs.readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^State:\s+Z/m);
    return pid;
  }

  it('is removed, for Postgres would take the zombie for a server', async () => {
    const pid = await zombie();
    fs.writeFileSync(file, `${pid}\n${folder}\n`);
    expect(isAlive(pid)).toBe(false);
    expect(findPostmaster(folder)).toBeUndefined();
    expect(fs.existsSync(file)).toBe(false);
  });

  it('stays while a process of the dead server still works in the folder', async () => {
    fs.writeFileSync(file, `${await zombie()}\n${folder}\n`);
    const backend = spawn('sleep', ['60'], { cwd: folder, stdio: 'ignore' });
    children.push(backend);
    const workplace = () => fs.readlinkSync(`/proc/${backend.pid}/cwd`);
    await expect.poll(workplace).toBe(fs.realpathSync(folder));
    expect(findPostmaster(folder)).toBeUndefined();
    expect(fs.existsSync(file)).toBe(true);
  });
});
