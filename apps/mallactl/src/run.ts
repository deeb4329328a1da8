import { CommanderError } from 'commander';
import { plainBooleans } from './boolean-flags.ts';
import { buildProgram, type ProgramOutput } from './program.ts';
import { exitCodes } from './terminal.ts';

/** Codes of commander that mean "help or version was printed". */
const shown = new Set(['commander.helpDisplayed', 'commander.version']);

/** Runs one command line to its end; resolves to the exit code. Never rejects. */
export async function run(argv: readonly string[], output: ProgramOutput): Promise<number> {
  try {
    await buildProgram(output).parseAsync(plainBooleans(argv), { from: 'user' });
    return exitCodes.ok;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return shown.has(thrown.code) ? exitCodes.ok : exitCodes.usage;
    const { exitCodeOf, messageOf, Reported, UsageError } = await import('./failure.ts');
    if (!(thrown instanceof Reported)) output.err(`error: ${messageOf(thrown)}\n`);
    if (thrown instanceof UsageError) output.err('run mallactl --help for usage\n');
    return exitCodeOf(thrown);
  }
}
