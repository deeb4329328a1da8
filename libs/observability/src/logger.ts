import { pino, type DestinationStream, type Logger } from 'pino';
import { traceFields } from './tracing/spans.ts';

/** Levels, least to most talkative. */
export const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

export type LogLevel = (typeof logLevels)[number];

export interface LoggerParams {
  /** The service, written on each line. */
  readonly service: string;
  /** Default `info`. */
  readonly level?: LogLevel;
  /** Default standard output. */
  readonly destination?: DestinationStream;
}

/** Fields that never reach a log, at the top and one level down. The rule is to not log secrets; this is the net below it. */
const secretFields = ['authorization', 'token', 'password', 'secret', 'privateKey', 'cookie', 'key'];

/** Makes the logger of a service: one JSON object per line with level, time (ISO 8601), service, msg and fields; within a span also trace_id and span_id. */
export function createLogger(params: LoggerParams): Logger {
  const options = {
    level: params.level ?? 'info',
    base: { service: params.service },
    timestamp: pino.stdTimeFunctions.isoTime,
    mixin: () => traceFields() ?? {},
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`]), censor: '[redacted]' },
  };
  return params.destination === undefined ? pino(options) : pino(options, params.destination);
}
