import { MallaError } from '@malla/model';
import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';

function logged(write: (logger: ReturnType<typeof createLogger>) => void, level?: 'warn'): Record<string, unknown>[] {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  write(createLogger({ service: 'probe', destination, ...(level === undefined ? {} : { level }) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('createLogger', () => {
  it('writes one object per line with level, time and service', () => {
    const [line] = logged((logger) => logger.info({ port: 1 }, 'Listening'));
    expect(line).toMatchObject({ level: 'info', service: 'probe', port: 1, msg: 'Listening' });
    expect(new Date(String(line?.['time'])).toISOString()).toBe(line?.['time']);
  });

  it('hides secrets that slip in, at the top and below', () => {
    const text = JSON.stringify(
      logged((logger) => logger.info({ token: 'hunter2', request: { authorization: 'hunter2' } }, 'Called')),
    );
    expect(text).not.toContain('hunter2');
    expect(text).toContain('[redacted]');
  });

  it('writes errors with their cause', () => {
    const [line] = logged((logger) =>
      logger.error({ err: new MallaError('internal', 'outer', { cause: new Error('inner') }) }, 'Failed'),
    );
    expect(line?.['err']).toMatchObject({ message: expect.stringContaining('inner') });
  });

  it('keeps to its level', () => {
    expect(logged((logger) => logger.info('Quiet'), 'warn')).toEqual([]);
  });
});
