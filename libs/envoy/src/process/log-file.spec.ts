import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@malla/observability';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFile } from './log-file.ts';

let folder: string;
let path: string;
let now: number;
let lines: { level: string; line: string; lines?: number; msg: string }[];

function logFile(limits: { maxBytes?: number; maxLinesPerSecond?: number } = {}): LogFile {
  const destination = { write: (text: string) => void lines.push(JSON.parse(text)) };
  const logger = createLogger({ service: 'test', level: 'debug', destination });
  return new LogFile({ path, logger, timers: { now: () => now, sleep: () => Promise.resolve() }, ...limits });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'malla-log-'));
  path = join(folder, 'envoy.log');
  now = 0;
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('LogFile', () => {
  it('logs new lines at their level, also across reads, and not what was there before', () => {
    writeFileSync(path, '[info][main] old\n');
    const file = logFile();
    appendFileSync(path, '[warning][config] first\nplain text\n[err');
    file.read();
    appendFileSync(path, 'or][main] second\n');
    file.read();
    expect(lines.map(({ level, line }) => [level, line])).toEqual([
      ['warn', 'first'],
      ['info', 'plain text'],
      ['error', 'second'],
    ]);
    expect(file.takeErrors()).toEqual(['second']);
    expect(file.takeErrors()).toEqual([]);
  });

  it('drops and counts lines above the rate', () => {
    const file = logFile({ maxLinesPerSecond: 10 });
    appendFileSync(path, '[info][main] x\n'.repeat(100));
    file.read();
    expect(lines).toHaveLength(10);
    now = 1_000;
    file.read();
    expect(lines.at(-1)).toMatchObject({ msg: 'output of the proxy dropped', lines: 90 });
  });

  it('empties the file when it has grown too large, and reads on', () => {
    const file = logFile({ maxBytes: 1_000, maxLinesPerSecond: 1_000 });
    appendFileSync(path, '[info][main] x\n'.repeat(100));
    file.read();
    expect(statSync(path).size).toBe(0);
    appendFileSync(path, '[info][main] last\n');
    file.read();
    expect(lines.at(-1)?.line).toBe('last');
  });
});
