import { createHash } from 'node:crypto';

/** How Envoy is run, besides its bootstrap. */
export interface EnvoyOptions {
  /** The program: Envoy, or what runs another one that takes Envoy's options. */
  readonly binary: string;
  /** What stands before Envoy's options, such as the file that Node.js runs; default nothing. */
  readonly programArguments?: readonly string[];
  /** Worker threads. */
  readonly concurrency: number;
  /** Envoy's log level, such as `warning`. */
  readonly logLevel: string;
  /** Variables that it has besides this process's own; default none. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How long Envoy's own graceful drain is told to take, in milliseconds. */
  readonly drainMs: number;
}

/** One line per message: level, logger and text. */
export const envoyLogFormat = '[%l][%n] %v';

/** Takes a line of {@link envoyLogFormat} apart; undefined for other output. */
export function parseLogLine(line: string): { level: string; logger: string; text: string } | undefined {
  const match = /^\[(\w+)\]\[([^\]]*)\] (.*)$/.exec(line);
  return match === null ? undefined : { level: match[1] ?? '', logger: match[2] ?? '', text: match[3] ?? '' };
}

/**
 * Envoy's arguments. Hot restart is off: the agent replaces Envoy only after a drain, and without hot restart there is no base id and
 * no shared memory, so any number of agents share a host with nothing to collide on.
 */
export function envoyArguments(bootstrapPath: string, options: EnvoyOptions): string[] {
  return [
    ...(options.programArguments ?? []),
    ...['-c', bootstrapPath],
    '--disable-hot-restart',
    ...['--concurrency', String(options.concurrency)],
    ...['--log-level', options.logLevel],
    ...['--log-format', envoyLogFormat],
    '--log-format-escaped',
    ...['--drain-time-s', String(Math.max(1, Math.ceil(options.drainMs / 1000)))],
    // Each response asks its connection to close, from the first moment of a drain on.
    ...['--drain-strategy', 'immediate'],
    ...['--file-flush-interval-msec', '1000'],
  ];
}

/**
 * The file name of a bootstrap, with a digest of all that a running Envoy was started with. The command line of a process then says
 * whether an agent that comes back may adopt it: equal name, equal Envoy.
 */
export function bootstrapFileName(json: string, options: EnvoyOptions): string {
  const digest = createHash('sha256')
    .update(json)
    .update('\0')
    .update(envoyArguments('', options).join('\0'))
    .update(options.binary)
    .update(JSON.stringify(options.environment ?? {}));
  return `${bootstrapPrefix}${digest.digest('hex').slice(0, 16)}${bootstrapSuffix}`;
}

/** Whether a file name is one that {@link bootstrapFileName} gives. */
export function isBootstrapFile(name: string): boolean {
  return name.startsWith(bootstrapPrefix) && name.endsWith(bootstrapSuffix);
}

const bootstrapPrefix = 'envoy-';
const bootstrapSuffix = '.json';
