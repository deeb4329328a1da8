import { describe, expect, it } from 'vitest';
import { logCommands, logFormatProblem } from './log-format.ts';

describe('logFormatProblem', () => {
  it('knows every command that it names, alone and together', () => {
    for (const command of logCommands) expect(logFormatProblem(command)).toBeUndefined();
    expect(logFormatProblem(`100%% ${logCommands.join('')} [%START_TIME(%)%`.replace('(%)', ''))).toBeUndefined();
  });

  it.each(['%', '100%', '%NO_SUCH%', '%REQ%', '%REQ()%', '%PROTOCOL():3%', '%PROTOCOL:3%', '%REQ(a b)%', '%req(a)%'])(
    'refuses %s',
    (format) => expect(logFormatProblem(format)).toBeTypeOf('string'),
  );
});
