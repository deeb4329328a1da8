import type { TextSchema } from './kinds.ts';

/** One setting of a service: where it is read, how, and what people are told about it. */
export interface Setting<T> {
  /** The environment variable, such as `MALLA_GRPC_PORT`. */
  readonly env: string;
  /** Variables with names that others have given them, such as those of Kubernetes; read in this order where `env` is not set. */
  readonly alsoEnv: readonly string[];
  /** The flag that wins over the variable; null for none (secrets: other users can read a command line). */
  readonly flag: string | null;
  /** One line for `--help`. Says the unit where there is one. */
  readonly description: string;
  readonly schema: TextSchema<T>;
  /** As a user would write it, and read by the same schema; so the help text cannot lie. */
  readonly default: string | undefined;
  /** True if the setting may be left out with no default; the value is then undefined. */
  readonly optional: boolean;
}

/** What {@link setting} needs. Without `default` and `optional` the setting is required. */
export interface SettingParams<T> {
  readonly env: string;
  readonly description: string;
  readonly schema: TextSchema<T>;
  readonly default?: string;
  readonly alsoEnv?: readonly string[];
  /** Default: `--` and the variable's name in lower case, without `MALLA_`. */
  readonly flag?: string | null;
}

/** Describes a required setting, or one with a default. */
export function setting<T>(params: SettingParams<T>): Setting<T> {
  return { ...named(params), default: params.default, optional: false };
}

/** Describes a setting that may be left out. */
export function optionalSetting<T>(params: Omit<SettingParams<T>, 'default'>): Setting<T | undefined> {
  return { ...named(params), default: undefined, optional: true };
}

/** The settings of one program, by the name that the code uses. */
export type SettingsSpec = Readonly<Record<string, Setting<unknown>>>;

/** The values that a {@link SettingsSpec} gives. */
export type SettingsOf<S extends SettingsSpec> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

function named<T>(params: Omit<SettingParams<T>, 'default'>) {
  const { env, alsoEnv = [], description, schema } = params;
  const flag = params.flag === undefined ? flagOf(env) : params.flag;
  return { env, alsoEnv, flag, description, schema };
}

function flagOf(env: string): string {
  return `--${env
    .replace(/^MALLA_/, '')
    .toLowerCase()
    .replaceAll('_', '-')}`;
}
