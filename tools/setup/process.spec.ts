import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { runInForeground, runQuietly } from './process.mjs';

const module = new URL('./process.mjs', import.meta.url).href;

describe('runQuietly', () => {
  it('keeps what both streams say, and the exit code', async () => {
    const script = 'console.log("out"); console.error("err"); process.exit(3)';
    const { code, output } = await runQuietly([process.execPath, '-e', script]);
    expect(code).toBe(3);
    expect(output.split('\n').sort()).toEqual(['', 'err', 'out']);
  });

  it('gives 127 and a reason for a command that is not there', async () => {
    expect(await runQuietly(['/no/such/command'])).toMatchObject({
      code: 127,
      output: expect.stringContaining('ENOENT'),
    });
  });
});

describe('runInForeground', () => {
  it('gives the exit code, and a shell code for an end by signal', async () => {
    expect(await runInForeground([process.execPath, '-e', 'process.exit(7)'])).toBe(7);
    expect(await runInForeground([process.execPath, '-e', 'process.kill(process.pid, "SIGTERM")'])).toBe(143);
  });

  it('hands a signal on once, though its sender sends it twice', async () => {
    const inner = `let n = 0; process.on('SIGTERM', () => n++); setTimeout(() => process.exit(10 + n), 700); console.log('ready')`;
    const outer = `const { runInForeground } = await import(${JSON.stringify(module)});
      process.exitCode = await runInForeground([process.execPath, '-e', ${JSON.stringify(inner)}]);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', outer], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([11, null]);
  });
});
