import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LocalEnvoyHost } from './local-envoy-host.ts';
import { isRunning } from './process-table.ts';
import { systemTimers } from './timers.ts';

let folder: string;
let binary: string;
const pids: number[] = [];

/** A program that takes Envoy's arguments and runs until it is told to end. */
const script = '#!/bin/sh\ntrap "exit 0" TERM\nwhile :; do sleep 0.05; done\n';

function host(bootstrap = '{}'): LocalEnvoyHost {
  const options = { binary, concurrency: 1, logLevel: 'info', drainMs: 1_000 };
  return new LocalEnvoyHost({ stateDir: join(folder, 'state'), bootstrap, options, timers: systemTimers });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'malla-envoy-'));
  binary = join(folder, 'envoy');
  writeFileSync(binary, script);
  chmodSync(binary, 0o755);
});
afterEach(() => {
  for (const pid of pids.splice(0)) if (isRunning(pid)) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true });
});

describe('LocalEnvoyHost', () => {
  it('starts the program in a folder of its own', async () => {
    const started = await host().spawn();
    pids.push(started.pid);
    expect(isRunning(started.pid)).toBe(true);
    expect(statSync(join(folder, 'state')).mode & 0o777).toBe(0o700);
    started.signal('SIGKILL');
    expect(await started.exited).toEqual({ signal: 'SIGKILL' });
  });

  it('adopts what an agent before it started, and sees it end', async () => {
    const started = await host().spawn();
    pids.push(started.pid);
    const adopted = await host().adopt();
    expect(adopted).toMatchObject({ pid: started.pid, adopted: true });
    adopted?.signal('SIGKILL');
    expect(await adopted?.exited).toEqual({});
  });

  it('ends what runs with another bootstrap', async () => {
    const started = await host('{"a":1}').spawn();
    pids.push(started.pid);
    // The script must have set its trap, or SIGTERM ends it all the same.
    expect(await host('{"a":2}').adopt()).toBeUndefined();
    expect(isRunning(started.pid)).toBe(false);
  });

  it('finds nothing where nothing runs', async () => {
    expect(await host().adopt()).toBeUndefined();
  });

  it('says why a program cannot be started', async () => {
    rmSync(binary);
    const started = await host().spawn();
    expect((await started.exited).error).toContain('ENOENT');
  });
});
