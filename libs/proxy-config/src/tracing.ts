/** Which requests are marked as traced in x-request-id, and what spans are made of them. Source: Envoy's HttpConnectionManager.Tracing */
export interface TracingConfig {
  /** Percentages 0 to 100. */
  readonly clientSampling: number;
  readonly randomSampling: number;
  readonly overallSampling: number;
  /** The request's id says whether it is traced, and is told the decision. Default true. */
  readonly usesRequestId: boolean;
  /** Absent: no spans, and trace headers pass as they are. */
  readonly spans?: SpanConfig;
}

/** Spans of one connection manager. */
export interface SpanConfig {
  readonly exporter: SpanExporterConfig;
  /** Most characters of the path in `http.url`. Envoy's default is 256. */
  readonly maxPathLength: number;
  readonly tags: readonly SpanTagConfig[];
  /** What is sent upstream has a span of its own (gateways). */
  readonly upstreamSpans: boolean;
  /** B3 headers are read and written too. */
  readonly b3: boolean;
}

export interface SpanExporterConfig {
  readonly protocol: 'grpc' | 'http';
  readonly cluster: string;
  readonly authority: string;
  /** Of HTTP. */
  readonly path: string;
  /** 0: for ever. */
  readonly timeoutMs: number;
  /** Lower-case names. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Attributes of the process, service.name among them. */
  readonly resource: readonly (readonly [name: string, value: string])[];
}

/** An attribute of every span; values of the environment are read with the configuration. */
export interface SpanTagConfig {
  readonly name: string;
  readonly value:
    | { readonly kind: 'literal'; readonly text: string }
    /** Lower-case name. Without the header and a default: no attribute. */
    | { readonly kind: 'header'; readonly header: string; readonly otherwise?: string }
    /** Envoy's format string. */
    | { readonly kind: 'format'; readonly format: string };
}
