import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@malla/observability';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFile, type LogFileParams } from './log-file.ts';

let folder: string;
let path: string;
let now: number;
let lines: { level: string; line: string; lines?: number; msg: string }[];

function logFile(limits: Pick<LogFileParams, 'maxBytes' | 'maxLinesPerSecond' | 'output'> = {}): LogFile {
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

  it('passes on what is no message as it is, at any rate, and drops it where nobody reads', () => {
    const printed: string[] = [];
    const output = { writableLength: 0, write: (text: string) => void printed.push(text) };
    const file = logFile({ output, maxLinesPerSecond: 1 });
    appendFileSync(path, `[2026-11-28T00:00:00.000Z] "GET / HTTP/1.1" 200\n{"a":1}\n[info][main] x\n`);
    file.read();
    expect(printed).toEqual(['[2026-11-28T00:00:00.000Z] "GET / HTTP/1.1" 200\n', '{"a":1}\n']);
    expect(lines.map(({ line }) => line)).toEqual(['x']);
    output.writableLength = 5 * 1024 * 1024;
    appendFileSync(path, 'lost\n');
    file.read();
    now = 1_000;
    file.read();
    expect(printed).toHaveLength(2);
    expect(lines.at(-1)).toMatchObject({ msg: 'output of the proxy dropped', lines: 1 });
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
