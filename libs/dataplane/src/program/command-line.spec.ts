import { describe, expect, it } from 'vitest';
import { parseCommandLine, UsageError } from './command-line.ts';
import { formatLine } from './program-log.ts';

/** What the agent runs Envoy with. */
const agents = [
  ...['-c', '/run/b.json', '--disable-hot-restart', '--concurrency', '2', '--log-level', 'warning'],
  ...['--log-format', '[%l][%n] %v', '--log-format-escaped', '--drain-time-s', '6', '--drain-strategy', 'immediate'],
  ...['--file-flush-interval-msec', '1000'],
];

describe('parseCommandLine', () => {
  it("takes the agent's options", () => {
    expect(parseCommandLine(agents, 8)).toMatchObject({
      mode: 'serve',
      configPath: '/run/b.json',
      concurrency: 2,
      logLevel: 'warning',
      drainMs: 6_000,
      drainStrategy: 'immediate',
    });
  });

  it('has a worker for each processor by default', () => {
    expect(parseCommandLine(['-c', 'x'], 3).concurrency).toBe(3);
  });

  it.each([[['--nope']], [['-c']], [[]], [['-c', 'x', '--mode', 'other']], [['-c', 'x', '--concurrency', '-1']]])(
    'refuses %j',
    (args) => {
      expect(() => parseCommandLine(args, 1)).toThrow(UsageError);
    },
  );
});

describe('formatLine', () => {
  const message = {
    level: 'warning',
    logger: 'config',
    text: 'a 100% b',
    now: new Date('2026-01-02T03:04:05.006Z'),
  } as const;

  it("fills the agent's pattern and Envoy's own", () => {
    expect(formatLine('[%l][%n] %v', message)).toBe('[warning][config] a 100% b');
    expect(formatLine('[%Y-%m-%d %T.%e][%t][%l][%n] [%g:%#] %v', message)).toBe(
      `[2026-01-02 03:04:05.006][${process.pid}][warning][config] [malla:0] a 100% b`,
    );
  });
});
