import type { HeaderMatch } from './string-match.ts';

/** An access logger: what it writes where, and for which requests. */
export interface AccessLogConfig {
  readonly name: string;
  readonly filter?: AccessLogFilter;
  readonly sink:
    /** A line for each entry; `format` ends with a line feed where one is wanted. */
    | { readonly kind: 'file'; readonly path: string; readonly format: LogFormat }
    /** Envoy's access-log service by gRPC. */
    | {
        readonly kind: 'grpc';
        readonly protocol: 'http' | 'tcp';
        readonly logName: string;
        readonly cluster: string;
        /** Header fields that entries hold besides those that have a place of their own. */
        readonly headers: LoggedHeaders;
      }
    /** Envoy's `envoy.access_loggers.stats`: counters and histograms with labels from the entry. */
    | {
        readonly kind: 'stats';
        readonly prefix: string;
        readonly counters: readonly StatRule[];
        readonly histograms: readonly StatRule[];
        /** So many counters and histograms at most, each with its labels; absent: no bound. */
        readonly maxCounters?: number;
        readonly maxHistograms?: number;
      };
}

/** Names of header fields, in lower case. */
export interface LoggedHeaders {
  readonly request: readonly string[];
  readonly response: readonly string[];
  readonly trailers: readonly string[];
}

/** Envoy's format strings with %COMMAND(argument):length%. Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/observability/access_log/usage */
export type LogFormat = {
  /** A value that is not there is left out (text: as nothing, JSON: its key too) and not written as `-` or null. */
  readonly omitEmpty?: boolean;
} & (
  | { readonly kind: 'text'; readonly format: string }
  | {
      readonly kind: 'json';
      readonly fields: JsonLogFields;
      /** Envoy's old form: a value that is a single command is a text as well, and not a number. */
      readonly textsOnly?: boolean;
    }
);

export interface JsonLogFields {
  readonly [key: string]: string | number | boolean | JsonLogFields;
}

export interface StatRule {
  readonly name: string;
  readonly tags: readonly { readonly name: string; readonly format: string }[];
  /** A number, or a format string that gives one. */
  readonly value: number | string;
  readonly unit?: 'unspecified' | 'bytes' | 'microseconds' | 'milliseconds' | 'percent';
}

export type AccessLogFilter =
  | { readonly kind: 'and' | 'or'; readonly of: readonly AccessLogFilter[] }
  | { readonly kind: 'status-code'; readonly op: 'eq' | 'ge' | 'le' | 'ne'; readonly value: number }
  | { readonly kind: 'duration'; readonly op: 'eq' | 'ge' | 'le' | 'ne'; readonly ms: number }
  | { readonly kind: 'header'; readonly header: HeaderMatch }
  /** Short flags such as UF; empty: any flag. */
  | { readonly kind: 'response-flag'; readonly flags: readonly string[] }
  | { readonly kind: 'not-health-check' }
  | { readonly kind: 'log-type'; readonly types: readonly AccessLogType[]; readonly exclude: boolean }
  /** In CEL, over Envoy's attributes; false where it has no value. */
  | { readonly kind: 'expression'; readonly expression: string }
  /** Percent, 0 to 100. */
  | { readonly kind: 'random'; readonly percent: number };

/** Envoy's AccessLogType names of what this proxy logs. */
export type AccessLogType = 'DownstreamEnd' | 'TcpUpstreamConnected' | 'TcpConnectionEnd' | 'NotSet';
