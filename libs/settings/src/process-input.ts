/** Where settings come from. Injected, so that tests need no process. */
export interface SettingsInput {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The arguments without the program: `process.argv.slice(2)`. */
  readonly argv: readonly string[];
}

/** The environment and arguments of this process. The only reader of `process.env` in Malla. */
export function processInput(): SettingsInput {
  return { env: process.env, argv: process.argv.slice(2) };
}
