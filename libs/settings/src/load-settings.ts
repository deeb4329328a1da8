import { distance } from 'fastest-levenshtein';
import type { SettingsInput } from './process-input.ts';
import type { Setting, SettingsOf, SettingsSpec } from './setting.ts';
import { helpText } from './help.ts';

/** What is wrong with one setting. */
export interface SettingProblem {
  /** The variable or the flag that the user wrote or should write. */
  readonly name: string;
  readonly message: string;
}

export type LoadedSettings<S extends SettingsSpec> =
  | { readonly kind: 'ok'; readonly values: SettingsOf<S> }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'problems'; readonly problems: readonly SettingProblem[] };

/**
 * Reads and checks all settings of a program. Flags win over variables, which win over defaults; an empty variable counts as not set.
 * All problems are collected, so that a user mends them in one go.
 */
export function loadSettings<S extends SettingsSpec>(spec: S, input: SettingsInput): LoadedSettings<S> {
  if (input.argv.includes('--help') || input.argv.includes('-h')) return { kind: 'help', text: helpText(spec) };
  const flags = readFlags(spec, input.argv);
  const problems: SettingProblem[] = [...flags.problems];
  const values: Record<string, unknown> = {};
  for (const [key, each] of Object.entries(spec)) {
    const outcome = readSetting(each, flags.values, input.env);
    if ('problem' in outcome) problems.push(outcome.problem);
    else values[key] = outcome.value;
  }
  return problems.length > 0 ? { kind: 'problems', problems } : { kind: 'ok', values: values as SettingsOf<S> };
}

/** A variable that looks like a mistyped one of this program. */
export interface LikelyTypo {
  readonly name: string;
  readonly meant: string;
}

/**
 * Variables of Malla that this program does not know and that differ by a slip from one that it does. Others are no mistake: processes
 * often share an environment.
 */
export function likelyTypos(spec: SettingsSpec, env: SettingsInput['env']): readonly LikelyTypo[] {
  const known = Object.values(spec).map((each) => each.env);
  return Object.keys(env)
    .filter((name) => name.startsWith('MALLA_') && !known.includes(name))
    .flatMap((name) => {
      const meant = known.find((each) => !env[each] && distance(each, name) <= 2);
      return meant === undefined ? [] : [{ name, meant }];
    });
}

/** One line per problem, for standard error. */
export function formatProblems(problems: readonly SettingProblem[]): string {
  return problems.map(({ name, message }) => `${name}: ${message}`).join('\n');
}

type Outcome = { readonly value: unknown } | { readonly problem: SettingProblem };

function readSetting(each: Setting<unknown>, flags: ReadonlyMap<string, string>, env: SettingsInput['env']): Outcome {
  const fromFlag = each.flag === null ? undefined : flags.get(each.flag);
  const variable = [each.env, ...each.alsoEnv].find((one) => Boolean(env[one])) ?? each.env;
  const raw = fromFlag ?? (env[variable] || undefined) ?? each.default;
  const name = fromFlag === undefined ? variable : (each.flag as string);
  if (raw === undefined) {
    if (each.optional) return { value: undefined };
    return { problem: { name, message: `must be set: ${each.description}` } };
  }
  const parsed = each.schema.safeParse(raw);
  if (parsed.success) return { value: parsed.data };
  return { problem: { name, message: parsed.error.issues.map((issue) => issue.message).join('; ') } };
}

interface Flags {
  readonly values: ReadonlyMap<string, string>;
  readonly problems: readonly SettingProblem[];
}

/** Takes `--name value`, `--name=value`, and `--name` alone for true. */
function readFlags(spec: SettingsSpec, argv: readonly string[]): Flags {
  const known = Object.values(spec).flatMap(({ flag }) => (flag === null ? [] : [flag]));
  const values = new Map<string, string>();
  const problems: SettingProblem[] = [];
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] as string;
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const next = argv[index + 1];
    // The word after an unknown flag is taken as its value, so that one mistake is told once.
    const takesNext = name.startsWith('--') && equals < 0 && next !== undefined && !next.startsWith('--');
    const value = equals >= 0 ? word.slice(equals + 1) : takesNext ? next : 'true';
    if (takesNext) index++;
    if (!known.includes(name)) problems.push({ name, message: unknownFlag(name, known) });
    else if (values.has(name)) problems.push({ name, message: 'is given twice' });
    else values.set(name, value);
  }
  return { values, problems };
}

function unknownFlag(name: string, known: readonly string[]): string {
  if (!name.startsWith('-')) return 'is not a flag; see --help';
  const nearest = known.map((flag) => ({ flag, away: distance(flag, name) })).sort((a, b) => a.away - b.away)[0];
  const hint = nearest !== undefined && nearest.away <= 4 ? `; did you mean ${nearest.flag}?` : '; see --help';
  return `is not a flag of this program${hint}`;
}
