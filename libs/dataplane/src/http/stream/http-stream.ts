import type { HeaderList } from '@malla/http-codec';
import {
  type BodyReceiver,
  type RequestHead,
  type ResetReason,
  type ResponseHead,
  type ServerExchange,
} from '@malla/http-codec';
import type { HeaderLookup } from '@malla/authz';
import type { CompiledDestination, CompiledRoute, HeaderEdits } from '@malla/matcher';
import type { PerFilterConfig } from '@malla/proxy-config';
import type { ConnectionInfo } from '../../runtime/connection.ts';
import { findRoute } from '../manager/find-route.ts';
import type { ManagerParts } from '../manager/manager-parts.ts';
import type { UpstreamFacts } from '../../access-log/log-facts.ts';
import { isGrpcContentType } from './grpc.ts';
import { HeldBody } from './held-body.ts';
import type { RequestSink } from './request-sink.ts';
import { localAnswer } from './local-answer.ts';
import type { LocalReply } from './local-reply.ts';
import { StreamDeadlines } from './stream-deadlines.ts';
import { StreamFacts } from './stream-facts.ts';
import type { StreamSession } from './stream-session.ts';
import type { Stream } from './stream.ts';
import type { Suspension } from './suspension.ts';

/** One request and its response: runs the filters, and stands between the client's exchange and the router. */
export class HttpStream implements BodyReceiver, Stream {
  readonly manager: ManagerParts;
  readonly session: StreamSession;
  readonly exchange: ServerExchange;
  readonly head: RequestHead;
  readonly headers: HeaderLookup = this;
  /** Monotonic milliseconds. */
  readonly startedAt: number;
  /** The client's address; may differ from the peer's. */
  sourceIp: string;
  route: CompiledRoute | undefined;
  destination: CompiledDestination | undefined;
  /** Path before a rewrite, once there was one. */
  originalPath: string | undefined;
  readonly isGrpc: boolean;
  /** Envoy's short flags in the order they came up, separated by commas. */
  flags = '';
  details = '';
  terminationDetails = '';
  responseHead: ResponseHead | undefined;
  responseTrailers: HeaderList | undefined;
  responseStarted = false;
  /** The stream is over: the response was sent whole, or the stream was reset. */
  over = false;
  requestEnded: boolean;
  bytesReceived = 0;
  bytesSent = 0;
  /** Monotonic milliseconds; 0: not yet. Of access logs and x-envoy-upstream-service-time. */
  requestEndedAt = 0;
  firstDownstreamTxAt = 0;
  firstUpstreamTxAt = 0;
  firstUpstreamRxAt = 0;
  /** The router's half, once the request goes to a cluster. */
  forwarded: UpstreamFacts | undefined;
  /** Of the route, for answers of our own. */
  localEdits: HeaderEdits | undefined;
  /** The connection speaks another protocol now. */
  tunnel = false;
  sink: RequestSink | undefined;
  /** Filter state by filter, for the few that need some. */
  notes: Map<object, unknown> | undefined;
  trace: Stream['trace'];
  dynamicMetadata: Stream['dynamicMetadata'];
  grpcMessages: Stream['grpcMessages'];
  #filterAt = 0;
  #suspension: Suspension | undefined;
  #held: HeldBody | undefined;
  #heldLimit: number;
  #readingPaused = false;
  #deadlines: StreamDeadlines | undefined;

  constructor(manager: ManagerParts, session: StreamSession, exchange: ServerExchange) {
    this.session = session;
    this.manager = manager;
    this.exchange = exchange;
    this.head = exchange.head;
    this.startedAt = manager.services.timers.now();
    this.requestEnded = exchange.endStream;
    this.sourceIp = session.info.remote.address;
    this.isGrpc = isGrpcContentType(this.head.headers.first('content-type'));
    this.#heldLimit = manager.bufferLimitBytes;
    if (exchange.endStream) this.requestEndedAt = this.startedAt;
    exchange.receiver = this;
  }

  // What routes and policies are asked with.

  get method(): string {
    return this.head.method;
  }

  get path(): string {
    return this.head.path;
  }

  get authority(): string {
    return this.head.authority;
  }

  get isHttp2(): boolean {
    return this.session.isHttp2;
  }

  get connection(): ConnectionInfo {
    return this.session.info;
  }

  get(name: string): string | undefined {
    if (name.charCodeAt(0) !== 0x3a) return this.#field(name);
    switch (name) {
      case ':path':
        return this.head.path;
      case ':method':
        return this.head.method;
      case ':authority':
        return this.head.authority;
      case ':scheme':
        return this.head.scheme;
      default:
        return undefined;
    }
  }

  /** Fields that the codec keeps for itself are there for routes and policies all the same, in HTTP/2 too. */
  #field(name: string): string | undefined {
    const { head } = this;
    if (name === 'host') return head.authority;
    const value = head.headers.get(name);
    if (value !== undefined || head.upgrade === undefined) return value;
    return name === 'upgrade' ? head.upgrade : name === 'connection' ? 'Upgrade' : undefined;
  }

  findRouteAgain(): void {
    findRoute(this, this.manager.routes());
  }

  /** A filter's configuration for this request. */
  filterConfig(name: string): PerFilterConfig | undefined {
    return this.route?.filter(name, this.destination);
  }

  addFlag(flag: string): void {
    if (this.flags === '') this.flags = flag;
    else if (!this.flags.split(',').includes(flag)) this.flags += `,${flag}`;
  }

  // Filters.

  /** Runs the filters that are left, up to the router. */
  runFilters(): void {
    const { filters } = this.manager;
    while (this.#filterAt < filters.length && !this.over) {
      const filter = filters[this.#filterAt++] as (typeof filters)[number];
      if (!filter.onRequest(this)) return;
    }
  }

  /** A filter waits for something; the request body is held meanwhile. `holdBytes` is how much of it at most (then reading pauses). */
  suspend(suspension: Suspension, holdBytes = this.manager.bufferLimitBytes): void {
    this.#suspension = suspension;
    this.#heldLimit = holdBytes;
    // The filter before may have had enough of it.
    if ((this.#held?.bytes ?? 0) < holdBytes) this.resumeReading();
  }

  /** What a filter waited for was there at once; it tells the chain itself how to go on. */
  unsuspend(): void {
    this.#suspension = undefined;
    this.#heldLimit = this.manager.bufferLimitBytes;
  }

  /** The request goes on to the filter behind the one that suspended it. */
  resume(): void {
    this.unsuspend();
    this.runFilters();
  }

  /** What is held of the request body. */
  get held(): HeldBody | undefined {
    return this.#held;
  }

  /** The router takes the request; gets what was held. */
  connectSink(sink: RequestSink): void {
    this.sink = sink;
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    this.resumeReading();
    held.flushTo(sink);
  }

  // From the client.

  onData(chunk: Buffer, endStream: boolean): void {
    this.bytesReceived += chunk.length;
    if (endStream) this.#onRequestEnd();
    else this.#deadlines?.touch();
    if (this.over) return;
    this.grpcMessages?.requests.add(chunk);
    if (this.sink !== undefined) {
      this.sink.onRequestData(chunk, endStream);
      return;
    }
    const held = (this.#held ??= new HeldBody());
    held.add(chunk, endStream);
    if (held.bytes >= this.#heldLimit) this.pauseReading();
    this.#suspension?.onBody?.(held.bytes, endStream);
  }

  onTrailers(trailers: HeaderList): void {
    this.#onRequestEnd();
    if (this.over) return;
    if (this.sink !== undefined) {
      this.sink.onRequestTrailers(trailers);
      return;
    }
    const held = (this.#held ??= new HeldBody());
    held.addTrailers(trailers);
    this.#suspension?.onBody?.(held.bytes, true);
  }

  onReset(reason: ResetReason): void {
    if (this.over) return;
    this.manager.stats.rxReset.inc();
    if (reason === 'protocol-error') {
      this.addFlag('DPE');
      this.details ||= this.session.isHttp2 ? 'http2.violation.of.messaging.rule' : 'http1.codec_error';
    } else {
      this.addFlag('DC');
      if (!this.responseStarted || this.details === '' || this.details === 'via_upstream') {
        this.details = reason === 'remote-reset' ? 'http2.remote_reset' : 'downstream_remote_disconnect';
      }
    }
    this.#finish();
  }

  onWritable(): void {
    this.#deadlines?.touch();
    this.sink?.onDownstreamWritable();
  }

  #onRequestEnd(): void {
    this.requestEnded = true;
    this.requestEndedAt = this.manager.services.timers.now();
    this.#deadlines?.touch();
    this.#deadlines?.onRequestEnd();
  }

  pauseReading(): void {
    if (this.#readingPaused || this.requestEnded) return;
    this.#readingPaused = true;
    this.manager.stats.pausedReading.inc();
    this.exchange.pauseReading();
  }

  resumeReading(): void {
    if (!this.#readingPaused) return;
    this.#readingPaused = false;
    this.manager.stats.resumedReading.inc();
    if (!this.over) this.exchange.resumeReading();
  }

  // To the client.

  /** A response head, from upstream or our own. */
  sendHead(head: ResponseHead, endStream: boolean): void {
    if (this.over || this.responseStarted) return;
    const { manager, exchange } = this;
    this.responseHead = head;
    this.responseStarted = true;
    const { responseFilters } = manager;
    for (let i = 0; i < responseFilters.length; i++) responseFilters[i]?.onResponse?.(this, head);
    this.trace?.onResponse(head);
    manager.responseHeaders.apply(head, this);
    this.session.beforeResponse(this, head);
    manager.stats.countStatus(head.status);
    if (!this.requestEnded) manager.stats.responseBeforeRequestComplete.inc();
    if (manager.needsTimings) this.firstDownstreamTxAt = manager.services.timers.now();
    exchange.sendHead(head, endStream);
    if (endStream) this.#complete();
    else this.#deadlines?.touch();
  }

  /** False: wait for the sink's `onDownstreamWritable`. */
  sendData(chunk: Uint8Array, endStream: boolean): boolean {
    if (this.over) return true;
    this.bytesSent += chunk.length;
    this.grpcMessages?.responses?.add(chunk);
    const more = this.exchange.sendData(chunk, endStream);
    if (endStream) this.#complete();
    else this.#deadlines?.touch();
    return more;
  }

  sendTrailers(trailers: HeaderList): void {
    if (this.over) return;
    this.responseTrailers = trailers;
    this.exchange.sendTrailers(trailers);
    this.#complete();
  }

  sendInformational(head: ResponseHead): void {
    if (this.over || this.responseStarted) return;
    this.manager.stats.countStatus(head.status);
    this.exchange.sendInformational(head);
    this.#deadlines?.touch();
  }

  /** Answers in the upstream's place; when the response has begun already, the stream is reset instead. */
  reply(reply: LocalReply): void {
    if (this.over) return;
    this.details = reply.details;
    if (this.responseStarted) {
      this.resetDownstream();
      return;
    }
    const { head, body } = localAnswer(this, reply);
    this.sendHead(head, body === undefined);
    if (body !== undefined) this.sendData(body, true);
  }

  /** Ends the stream before its response is complete. */
  resetDownstream(): void {
    if (this.over) return;
    this.manager.stats.txReset.inc();
    this.exchange.reset();
    this.#finish();
  }

  /** 101: from here on bytes go both ways until either side ends. */
  startTunnel(): void {
    this.tunnel = true;
    this.manager.stats.upgrades.inc();
    this.manager.stats.upgradesActive.inc();
  }

  /** The first byte goes to, or comes from, upstream; asked for by some loggers alone. */
  markUpstreamTx(): void {
    if (this.manager.needsTimings && this.firstUpstreamTxAt === 0)
      this.firstUpstreamTxAt = this.manager.services.timers.now();
  }

  markUpstreamRx(): void {
    if (this.manager.needsTimings) this.firstUpstreamRxAt = this.manager.services.timers.now();
  }

  // Time.

  /** The route is known, and with it how long everything may take. */
  startDeadlines(): void {
    this.#deadlines = StreamDeadlines.begin(this);
  }

  /** The response is out; what is left of the request is not wanted, which Envoy counts as a reset. */
  #complete(): void {
    if (!this.requestEnded && !this.over) this.manager.stats.rxReset.inc();
    this.#finish();
  }

  #finish(): void {
    if (this.over) return;
    this.over = true;
    const { manager } = this;
    this.#deadlines?.end();
    this.#deadlines = undefined;
    const suspension = this.#suspension;
    this.#suspension = undefined;
    suspension?.cancel();
    this.#held = undefined;
    this.sink?.onStreamEnd();
    const { endFilters } = manager;
    for (let i = 0; i < endFilters.length; i++) endFilters[i]?.onEnd?.(this);
    const endedAt = manager.services.timers.now();
    manager.stats.active.dec();
    manager.stats.time.record(Math.trunc(endedAt - this.startedAt));
    const { loggers } = manager;
    const { trace } = this;
    if (loggers !== undefined || trace?.context.sampled === true) {
      const facts = new StreamFacts(this, endedAt);
      loggers?.log(facts);
      trace?.finish(facts);
    }
    this.session.onStreamOver(this.tunnel);
  }
}
