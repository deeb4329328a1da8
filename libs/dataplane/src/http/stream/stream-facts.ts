import type { HeaderList } from '@malla/http-codec';
import type { Metadata } from '@malla/proxy-config';
import type { HttpFacts, LogFacts, TimingFacts, UpstreamFacts } from '../../access-log/log-facts.ts';
import type { ConnectionInfo, SocketEnd } from '../../runtime/connection.ts';
import type { Stream } from './stream.ts';

/** A cluster that a request was for, and did not get to. */
const untouched = {
  hostMetadata: undefined,
  hostEnd: undefined,
  remoteEnd: undefined,
  local: undefined,
  tls: undefined,
  transportFailure: '',
  attempts: 0,
};

/** What access logs can tell of a stream that is over; looks everything up only when it is asked. */
export class StreamFacts implements LogFacts, HttpFacts, TimingFacts {
  readonly type = 'DownstreamEnd';
  readonly #stream: Stream;
  readonly #endedAt: number;

  constructor(stream: Stream, endedAt: number) {
    this.#stream = stream;
    this.#endedAt = endedAt;
  }

  get startedAt(): number {
    const { timers } = this.#stream.manager.services;
    return timers.wallClock() - (timers.now() - this.#stream.startedAt);
  }

  get durationMs(): number {
    return this.#endedAt - this.#stream.startedAt;
  }

  get flags(): string {
    return this.#stream.flags;
  }

  get connection(): ConnectionInfo {
    return this.#stream.connection;
  }

  get remote(): SocketEnd {
    const { sourceIp, connection } = this.#stream;
    return sourceIp === connection.remote.address ? connection.remote : { address: sourceIp, port: 0 };
  }

  get routeName(): string {
    return this.#stream.route?.config.name ?? '';
  }

  get routeMetadata(): Metadata | undefined {
    return this.#stream.route?.config.metadata;
  }

  get dynamicMetadata(): Metadata | undefined {
    return this.#stream.dynamicMetadata;
  }

  get grpcMessages(): string | undefined {
    const { grpcMessages } = this.#stream;
    if (grpcMessages === undefined) return undefined;
    const [requests, responses] = [grpcMessages.requests.count, grpcMessages.responses?.count ?? 0];
    return requests + responses === 0 ? undefined : `${requests},${responses}`;
  }

  get trace(): { readonly traceId: string; readonly spanId: string } | undefined {
    return this.#stream.trace?.context;
  }

  get responseCodeDetails(): string {
    return this.#stream.details;
  }

  get terminationDetails(): string {
    return this.#stream.terminationDetails;
  }

  get bytesReceived(): number {
    return this.#stream.bytesReceived;
  }

  get bytesSent(): number {
    return this.#stream.bytesSent;
  }

  get http(): HttpFacts {
    return this;
  }

  get timings(): TimingFacts {
    return this;
  }

  /** Undefined without a cluster that exists. */
  get upstream(): UpstreamFacts | undefined {
    const { forwarded, destination, manager } = this.#stream;
    if (forwarded !== undefined || destination === undefined) return forwarded;
    const config = manager.services.clusters.get(destination.cluster)?.config;
    return config && { ...untouched, cluster: config.name, config };
  }

  // The request.

  get protocol(): 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2' {
    const { version } = this.#stream.head;
    return version === '2' ? 'HTTP/2' : version === '1.0' ? 'HTTP/1.0' : 'HTTP/1.1';
  }

  get method(): string {
    return this.#stream.head.method;
  }

  get path(): string {
    return this.#stream.head.path;
  }

  get originalPath(): string | undefined {
    return this.#stream.originalPath;
  }

  get authority(): string {
    return this.#stream.head.authority;
  }

  get scheme(): string {
    return this.#stream.head.scheme;
  }

  get request(): HeaderList {
    return this.#stream.head.headers;
  }

  get status(): number {
    return this.#stream.responseHead?.status ?? 0;
  }

  get response(): HeaderList | undefined {
    return this.#stream.responseHead?.headers;
  }

  get trailers(): HeaderList | undefined {
    return this.#stream.responseTrailers;
  }

  // Times.

  get lastDownstreamRxMs(): number | undefined {
    return this.#after(this.#stream.requestEndedAt);
  }

  get firstUpstreamTxMs(): number | undefined {
    return this.#after(this.#stream.firstUpstreamTxAt);
  }

  get firstUpstreamRxMs(): number | undefined {
    return this.#after(this.#stream.firstUpstreamRxAt);
  }

  get lastUpstreamRxMs(): number | undefined {
    return this.#stream.firstUpstreamRxAt === 0 ? undefined : this.durationMs;
  }

  get firstDownstreamTxMs(): number | undefined {
    return this.#after(this.#stream.firstDownstreamTxAt);
  }

  get lastDownstreamTxMs(): number | undefined {
    return this.#stream.responseStarted ? this.durationMs : undefined;
  }

  #after(at: number): number | undefined {
    return at === 0 ? undefined : at - this.#stream.startedAt;
  }
}
