import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

const lib = join(import.meta.dirname, '..');
const workspace = join(lib, '..', '..');

beforeAll(() => {
  const compiler = join(workspace, 'node_modules/typescript7/bin/tsc');
  execFileSync(process.execPath, [compiler, '-b', lib], { cwd: workspace });
});

/** Runs a service whose start and stop are given as JavaScript. */
function run(parts: string): { child: ChildProcess; output: () => string; ended: Promise<unknown[]> } {
  const program = `
    import { runService } from '@malla/observability';
    class Probe {}
    await runService({ name: 'probe', description: 'x', version: '1', settings: {}, httpPort: '0', module: () => ({ module: Probe }), ${parts} });`;
  const env = { MALLA_SHUTDOWN_TIMEOUT: '500ms' };
  const args = ['--input-type=module', '--eval', program];
  const child = spawn(process.execPath, args, { cwd: lib, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output, ended: once(child, 'exit') };
}

describe('runService', () => {
  it('ends with code 0 on SIGTERM, after the service has stopped', async () => {
    const { child, output, ended } = run(`async stop() { console.log('STOPPED'); }`);
    await expect.poll(output).toContain('Service started');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(output()).toContain('STOPPED');
  });

  it('ends while it is still starting', async () => {
    const parts = `start() { console.log('STARTING'); return new Promise((_, reject) => (this.reject = reject)); },
      async stop() { this.reject(new Error('ended')); }`;
    const { child, output, ended } = run(parts);
    await expect.poll(output).toContain('STARTING');
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(output()).not.toContain('ended');
  });

  it('ends with code 1 when the end takes too long', async () => {
    const slow = run(`stop: () => new Promise(() => undefined)`);
    await expect.poll(slow.output).toContain('Service started');
    slow.child.kill('SIGTERM');
    expect(await slow.ended).toEqual([1, null]);
    expect(slow.output()).toContain('Shutdown took too long');
  });

  it('writes a crash to the log and ends with code 1', async () => {
    const { output, ended } = run(`async start() { setTimeout(() => { throw new Error('bang'); }); }`);
    expect(await ended).toEqual([1, null]);
    expect(output()).toMatch(/"level":"fatal".*bang.*"Unexpected failure"/);
  });

  it('shows a stack only for what no user can mend', async () => {
    const { output, ended } = run(`async start() { throw new TypeError('a mistake of ours'); }`);
    expect(await ended).toEqual([1, null]);
    expect(output()).toContain('probe: TypeError: a mistake of ours\n    at');
  });
});
