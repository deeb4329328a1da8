import type { GlobalOptions } from './options.ts';
import type { Terminal } from './terminal.ts';

/** What a command is given. */
export interface CommandInput<O> {
  readonly args: readonly string[];
  readonly options: GlobalOptions & O;
  readonly terminal: Terminal;
}

/** A command's module, loaded when the command runs. */
export type Action<O> = (input: CommandInput<O>) => Promise<void>;
