import type { Setting, SettingsSpec } from './setting.ts';

/** The settings part of `--help`: one block per setting, in the order of the spec. */
export function helpText(spec: SettingsSpec): string {
  const blocks = Object.values(spec).map(
    (each) =>
      `  ${each.flag === null ? variables(each) : `${each.flag}  (${variables(each)})`}\n      ${each.description} ${presence(each)}`,
  );
  return `Settings: flag (environment variable). Flags win.\n\n${blocks.join('\n')}\n  --help\n      Prints this text.\n`;
}

/**
 * The values for a start-up log line: secrets redact themselves, absent settings are left out.
 * The keys are the names of the spec.
 */
export function printableSettings(values: object): Record<string, unknown> {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  return JSON.parse(JSON.stringify(Object.fromEntries(present))) as Record<string, unknown>;
}

function variables({ env, alsoEnv }: Setting<unknown>): string {
  return [env, ...alsoEnv].join(', else ');
}

function presence(each: Setting<unknown>): string {
  if (each.default !== undefined) return `[default: ${each.default === '' ? 'empty' : each.default}]`;
  return each.optional ? '[optional]' : '[required]';
}
