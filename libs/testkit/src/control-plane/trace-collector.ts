import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { fromBinary } from '@bufbuild/protobuf';
import { GrpcServer, insecureServer } from '@malla/grpc';
import { createLogger } from '@malla/observability';
import {
  ExportTraceServiceRequestSchema,
  TraceService,
  type ExportTraceServiceRequest,
} from '@malla/protos/gen/opentelemetry/proto/collector/trace/v1/trace_service_pb';
import type { AnyValue, KeyValue } from '@malla/protos/gen/opentelemetry/proto/common/v1/common_pb';
import { Span_SpanKind as Kind, type Span } from '@malla/protos/gen/opentelemetry/proto/trace/v1/trace_pb';

/** A span as specs read it; ids in hexadecimal. */
export interface CollectedSpan {
  /** service.name of the resource. */
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: a root. */
  readonly parentId: string;
  readonly name: string;
  readonly kind: 'server' | 'client' | 'other';
  readonly failed: boolean;
  /** Nanoseconds since the epoch. */
  readonly start: bigint;
  readonly end: bigint;
  readonly attributes: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
  readonly traceState: string;
}

/** A collector of traces by OTLP over gRPC or HTTP, without TLS: keeps every span that it gets. */
export class TraceCollector {
  /** Where it listens on 127.0.0.1. */
  port = 0;
  readonly spans: CollectedSpan[] = [];
  /** Export calls so far. */
  calls = 0;
  #server: GrpcServer | undefined;
  #http: Server | undefined;

  /** By HTTP with Protobuf bodies; returns the URL to send them to. */
  async startHttp(port = 0): Promise<string> {
    this.#http = createServer((request, response) => {
      void buffer(request).then((body) => {
        this.#take(fromBinary(ExportTraceServiceRequestSchema, body));
        response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      });
    });
    await once(this.#http.listen(port, '127.0.0.1'), 'listening');
    this.port = (this.#http.address() as AddressInfo).port;
    return `http://127.0.0.1:${this.port}/v1/traces`;
  }

  async start(port = 0): Promise<this> {
    const logger = createLogger({ service: 'trace-collector', level: 'silent' });
    this.#server = new GrpcServer({ name: 'the trace collector', logger }).add(TraceService, {
      export: (request) => {
        this.#take(request);
        return Promise.resolve({});
      },
    });
    this.port = await this.#server.listen({ host: '127.0.0.1', port, credentials: insecureServer, setting: 'none' });
    return this;
  }

  async stop(): Promise<void> {
    await this.#server?.close(100);
    this.#http?.closeAllConnections();
    this.#http?.close();
  }

  #take(request: ExportTraceServiceRequest): void {
    this.calls++;
    this.spans.push(...spansOf(request));
  }
}

const kinds: Partial<Record<Kind, CollectedSpan['kind']>> = { [Kind.SERVER]: 'server', [Kind.CLIENT]: 'client' };

function spansOf({ resourceSpans }: ExportTraceServiceRequest): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const attributes = attributesOf(resource?.attributes ?? []);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => spanOf(span, attributes)));
  });
}

function spanOf(span: Span, resource: CollectedSpan['resource']): CollectedSpan {
  return {
    service: resource['service.name'] ?? '',
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentId: hex(span.parentSpanId),
    name: span.name,
    kind: kinds[span.kind] ?? 'other',
    failed: span.status?.code === 2,
    start: span.startTimeUnixNano,
    end: span.endTimeUnixNano,
    attributes: attributesOf(span.attributes),
    resource,
    traceState: span.traceState,
  };
}

function attributesOf(pairs: readonly KeyValue[]): Record<string, string> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, textOf(value)]));
}

function textOf(value: AnyValue | undefined): string {
  return String(value?.value.value ?? '');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
