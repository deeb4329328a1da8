import { parseArgs } from 'node:util';
import type { LogLevel } from '../worker/protocol.ts';

/** How the program is run: Envoy's options, as far as they mean something here. */
export interface ProgramOptions {
  readonly mode: 'serve' | 'validate' | 'version';
  readonly configPath: string;
  /** Worker threads. */
  readonly concurrency: number;
  readonly logLevel: LogLevel;
  readonly logFormat: string;
  readonly logFormatEscaped: boolean;
  /** Absent: stderr. */
  readonly logPath?: string;
  readonly baseId: string;
  readonly disableHotRestart: boolean;
  readonly drainMs: number;
  /** Immediate: each response asks for the end of its connection from the begin of a drain on; gradual: more and more of them do. */
  readonly drainStrategy: 'immediate' | 'gradual';
  /** How long lines of access logs may wait before they are in their file. */
  readonly fileFlushMs: number;
}

/** A command line that is not understood; the message is for people. */
export class UsageError extends Error {}

const options = {
  'config-path': { type: 'string', short: 'c' },
  concurrency: { type: 'string' },
  'log-level': { type: 'string', short: 'l' },
  'component-log-level': { type: 'string' },
  'log-format': { type: 'string' },
  'log-format-escaped': { type: 'boolean' },
  'log-path': { type: 'string' },
  'drain-time-s': { type: 'string' },
  'drain-strategy': { type: 'string' },
  'parent-shutdown-time-s': { type: 'string' },
  'file-flush-interval-msec': { type: 'string' },
  'file-flush-min-size-kb': { type: 'string' },
  'disable-hot-restart': { type: 'boolean' },
  'base-id': { type: 'string' },
  'use-dynamic-base-id': { type: 'boolean' },
  mode: { type: 'string' },
  'service-cluster': { type: 'string' },
  'service-node': { type: 'string' },
  'service-zone': { type: 'string' },
  version: { type: 'boolean' },
} as const;

const levels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warning', 'error', 'critical', 'off'];

/** The format that Envoy has without `--log-format`. */
export const defaultLogFormat = '[%Y-%m-%d %T.%e][%t][%l][%n] [%g:%#] %v';

/** Reads Envoy's command line. @throws UsageError for an option that is unknown or wrong */
export function parseCommandLine(args: readonly string[], cpus: number): ProgramOptions {
  const { values } = parsed(args);
  const logLevel = values['log-level'] ?? 'info';
  const version = values.version === true;
  return {
    mode: version ? 'version' : oneOf('mode', values.mode ?? 'serve', ['serve', 'validate'] as const),
    configPath: version ? '' : required(values['config-path']),
    concurrency: Math.max(1, whole('concurrency', values.concurrency ?? String(cpus))),
    logLevel: oneOf('log-level', logLevel === 'warn' ? 'warning' : logLevel, levels),
    logFormat: values['log-format'] ?? defaultLogFormat,
    logFormatEscaped: values['log-format-escaped'] ?? false,
    ...(values['log-path'] === undefined ? {} : { logPath: values['log-path'] }),
    baseId: values['base-id'] ?? '0',
    disableHotRestart: values['disable-hot-restart'] ?? false,
    drainMs: whole('drain-time-s', values['drain-time-s'] ?? '600') * 1_000,
    drainStrategy: oneOf('drain-strategy', values['drain-strategy'] ?? 'gradual', ['immediate', 'gradual'] as const),
    fileFlushMs: whole('file-flush-interval-msec', values['file-flush-interval-msec'] ?? '10000'),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function required(configPath: string | undefined): string {
  if (configPath !== undefined && configPath !== '') return configPath;
  throw new UsageError('At least one of --config-path or --config-yaml or Options::configProto() should be non-empty');
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw new UsageError(`--${name} is ${value}; use one of ${allowed.join(', ')}`);
  return found;
}

function whole(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${name} is ${text}; use a whole number`);
  return Number(text);
}
