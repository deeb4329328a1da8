import type { MetricsIr } from './istio-metrics.ts';
import type { Origin } from './origin.ts';

/**
 * What is traced, measured and logged of one direction of a workload's traffic, besides the log for policy-telemetry. Holds nothing of the workload
 * itself, so that proxies with the same policies share it: what is the workload's own comes from the proxy's environment.
 */
export interface TelemetryIr {
  /** Absent: requests are not traced, and trace headers pass as they are. */
  readonly tracing?: TracingIr;
  /** Absent: Istio's metrics as they are. */
  readonly metrics?: MetricsIr;
  /** In the order of their providers' names. */
  readonly accessLogs: readonly AccessLogIr[];
  /** The objects that it was made from, the widest first. */
  readonly origins: readonly Origin[];
}

/** Spans of requests. Source: https://istio.io/latest/docs/reference/config/telemetry/#Tracing */
export interface TracingIr {
  readonly exporter: SpanExporterIr;
  /** Share of requests that are traced where no caller has decided, 0 to 100. */
  readonly samplingPercent: number;
  /** Most characters of the path in a span; absent: 256. */
  readonly maxPathLength?: number;
  /** Sorted by name; each name once. */
  readonly tags: readonly TraceTagIr[];
  /** x-request-id says whether a request is traced, and is told the decision. */
  readonly useRequestId: boolean;
}

/** Where spans go: a service of the mesh that speaks OTLP. */
export interface SpanExporterIr {
  readonly protocol: { readonly kind: 'grpc' } | { readonly kind: 'http'; readonly path: string };
  /** `outbound|4317||jaeger.observability.svc.cluster.local` */
  readonly cluster: string;
  /** The service's host. */
  readonly authority: string;
  /** Absent: the proxy's own limit (gRPC: none; HTTP: 3 s). */
  readonly timeoutMs?: number;
  /** Headers or gRPC metadata. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** An attribute of every span. */
export interface TraceTagIr {
  readonly name: string;
  readonly value:
    | { readonly kind: 'literal'; readonly text: string }
    /** Of the proxy's process. Without the variable and a default: no attribute. */
    | { readonly kind: 'environment'; readonly variable: string; readonly otherwise?: string }
    | { readonly kind: 'header'; readonly header: string; readonly otherwise?: string }
    /** Envoy's format string. */
    | { readonly kind: 'format'; readonly format: string };
}

/** A log of requests and connections in a file of the proxy. */
export interface AccessLogIr {
  readonly path: string;
  readonly format:
    /** Envoy's format string, without its line feed. */
    { readonly kind: 'text'; readonly line: string } | { readonly kind: 'json'; readonly fields: LogFieldsIr };
  /** What has no value is left out. */
  readonly omitEmpty: boolean;
  /** Only entries that meet this condition (see `compileLogExpression`); absent: all. */
  readonly condition?: string;
}

/** Texts are Envoy's format strings. */
export interface LogFieldsIr {
  readonly [key: string]: string | number | boolean | LogFieldsIr;
}
