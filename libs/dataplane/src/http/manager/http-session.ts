import type { ResponseHead, ServerConnectionHandler, ServerExchange } from '@malla/http-codec';
import { Http2ServerConnection, type CodecError } from '@malla/http-codec';
import type { ConnectionInfo, DownstreamConnection } from '../../runtime/connection.ts';
import type { Deadline, DeadlineOwner } from '../stream/deadlines.ts';
import { Http2Care } from '../stream/http2-care.ts';
import { HttpStream } from '../stream/http-stream.ts';
import type { StreamSession } from '../stream/stream-session.ts';
import type { Stream } from '../stream/stream.ts';
import type { ManagerParts } from './manager-parts.ts';
import { prepareRequest } from './prepare-request.ts';
import { ProtocolErrorFacts } from './protocol-error.ts';
import { serverCodec, type ServerCodec } from './server-codec.ts';

const deadlines = { idle: 1, duration: 2, drain: 3, head: 4, closing: 5 } as const;

/** A peer that has been told the end and takes nothing more is not waited for longer. Envoy's default delayed_close_timeout. */
const closingMs = 1_000;

/** One client connection: makes a stream of each request, and knows when to end. */
export class HttpSession implements ServerConnectionHandler, StreamSession, DeadlineOwner {
  readonly manager: ManagerParts;
  readonly info: ConnectionInfo;
  isHttp2 = false;
  readonly #connection: DownstreamConnection;
  #codec: ServerCodec | undefined;
  #requests = 0;
  #active = 0;
  #draining = false;
  #closed = false;
  #idle: Deadline | undefined;
  #duration: Deadline | undefined;
  #head: Deadline | undefined;
  #closing: Deadline | undefined;
  /** Bytes that the peer had not taken when it was last looked at. */
  #untaken = Infinity;
  #care: Http2Care | undefined;

  constructor(manager: ManagerParts, connection: DownstreamConnection) {
    this.manager = manager;
    this.info = connection.info;
    this.#connection = connection;
    const { stats, config } = manager;
    stats.connections.inc();
    stats.connectionsActive.inc();
    if (connection.info.tls !== undefined) {
      stats.sslConnections.inc();
      stats.sslConnectionsActive.inc();
    }
    const now = manager.services.timers.now();
    if (config.idleTimeoutMs > 0) this.#idle = manager.deadlines.take(this, deadlines.idle, config.idleTimeoutMs, now);
    if (config.maxConnectionDurationMs)
      this.#duration = manager.deadlines.take(this, deadlines.duration, config.maxConnectionDurationMs, now);
  }

  /** The protocol is known. */
  start(http2: boolean): ServerCodec {
    const { stats, config, services } = this.manager;
    this.isHttp2 = http2;
    (http2 ? stats.http2Connections : stats.http1Connections).inc();
    (http2 ? stats.http2ConnectionsActive : stats.http1ConnectionsActive).inc();
    this.#codec = serverCodec({
      http2,
      transport: this.#connection.transport,
      handler: this,
      config,
      secure: this.info.tls !== undefined,
      services,
      responseHeaders: this.manager.responseHeaders,
      counters: this.manager.http2Counters,
    });
    if (this.#codec instanceof Http2ServerConnection) {
      this.#care = Http2Care.begin({
        codec: this.#codec,
        deadlines: this.manager.deadlines,
        keepalive: config.http2.connectionKeepalive,
        stalledMs: config.streamIdleTimeoutMs,
      });
    }
    if (this.#draining && http2) this.#codec.drain();
    return this.#codec;
  }

  /**
   * The next response asks for the end of an HTTP/1 connection; one that is idle is not ended here, for a request may be on its way: whoever drains
   * ends it after its time. HTTP/2 can say so at once. Source: Envoy's DrainDecision, asked when a response begins.
   */
  drain(): void {
    this.#draining = true;
    if (this.isHttp2) this.#codec?.drain();
  }

  /** Ends as soon as nothing runs. */
  #endWhenIdle(): void {
    this.#draining = true;
    if (this.#codec === undefined) this.#connection.transport.end();
    else this.#codec.drain();
    this.onClosing();
  }

  /** Our side is ended, or will be as soon as the peer answers: it has a little time for that. */
  onClosing(): void {
    if (this.#closed || this.#closing !== undefined) return;
    const { deadlines: pool, services } = this.manager;
    this.#closing = pool.take(this, deadlines.closing, closingMs, services.timers.now());
  }

  onRequest(exchange: ServerExchange): void {
    const { stats, config } = this.manager;
    this.#dropHead();
    this.#requests++;
    this.#active++;
    stats.total.inc();
    (this.isHttp2 ? stats.http2 : stats.http1).inc();
    stats.active.inc();
    if (config.maxRequestsPerConnection && this.#requests === config.maxRequestsPerConnection) {
      stats.maxRequestsReached.inc();
      this.#draining = true;
    }
    const stream = new HttpStream(this.manager, this, exchange);
    if (prepareRequest(stream, this.manager)) stream.runFilters();
  }

  onProtocolError(error: CodecError): void {
    const { stats, loggers, services } = this.manager;
    stats.protocolError.inc();
    this.#dropHead();
    // A head that was refused made no exchange; the codec has answered it.
    if (this.#active > 0 && !this.isHttp2) return;
    if (this.isHttp2) return this.onClosing();
    stats.total.inc();
    stats.http1.inc();
    stats.countStatus(error.status);
    if (error.detail !== 'missing_host_header') {
      stats.responseBeforeRequestComplete.inc();
      stats.rxReset.inc();
    }
    loggers?.log(new ProtocolErrorFacts(this.info, error, services.timers.wallClock()));
  }

  onIdle(idle: boolean): void {
    if (this.#idle === undefined) return;
    if (!idle) {
      this.#idle.drop();
      return;
    }
    const now = this.manager.services.timers.now();
    this.#idle.moveTo(now + this.manager.config.idleTimeoutMs, now);
  }

  onClose(): void {
    if (this.#closed) return;
    this.#closed = true;
    const { stats, services, deadlines: pool } = this.manager;
    stats.connectionsActive.dec();
    stats.connectionsDestroyed.inc();
    if (this.info.tls !== undefined) stats.sslConnectionsActive.dec();
    if (this.#codec !== undefined) (this.isHttp2 ? stats.http2ConnectionsActive : stats.http1ConnectionsActive).dec();
    stats.connectionLength.record(services.timers.wallClock() - this.info.startedAt);
    if (this.#idle !== undefined) pool.give(this.#idle);
    if (this.#duration !== undefined) pool.give(this.#duration);
    if (this.#closing !== undefined) pool.give(this.#closing);
    this.#idle = undefined;
    this.#duration = undefined;
    this.#closing = undefined;
    this.#dropHead();
    this.#care?.end();
  }

  /** Last word before a response head goes out: does the connection go on? */
  beforeResponse(stream: Stream, head: ResponseHead): void {
    if (!this.#draining && this.manager.services.draining()) {
      this.#draining = true;
      this.manager.stats.drainClose.inc();
    }
    if (head.status === 101) return;
    // The rest of an unfinished request would be in the way of the next one; what was meant as another protocol is no request at all.
    const stuck = !this.isHttp2 && (!stream.requestEnded || stream.head.upgrade !== undefined);
    if (stuck || this.#draining) stream.exchange.closeAfterwards();
  }

  onStreamOver(tunnel: boolean): void {
    this.#active--;
    // The peer may not have taken its response, and rests all the same.
    if (this.#active === 0 && !this.#closed) this.onIdle(true);
    if (!tunnel) return;
    this.manager.stats.upgradesActive.dec();
    if (!this.isHttp2) this.onClosing();
  }

  /** Bytes have come; when they make no whole head yet, its clock runs. */
  watchHead(): void {
    const { requestHeadersTimeoutMs } = this.manager.config;
    if (requestHeadersTimeoutMs === 0 || this.isHttp2) return;
    if (this.#active > 0 || this.#closed || this.#head !== undefined) return;
    const { deadlines: pool, services } = this.manager;
    this.#head = pool.take(this, deadlines.head, requestHeadersTimeoutMs, services.timers.now());
  }

  onDeadline(kind: number): void {
    const { stats, config, services, deadlines: pool } = this.manager;
    if (kind === deadlines.closing) {
      this.#endClosing();
    } else if (kind === deadlines.idle) {
      if (this.#active > 0) return;
      stats.idleTimeout.inc();
      this.#endWhenIdle();
    } else if (kind === deadlines.duration) {
      stats.maxDurationReached.inc();
      this.#endWhenIdle();
      if (this.#duration !== undefined) pool.give(this.#duration);
      this.#duration = pool.take(this, deadlines.drain, config.drainTimeoutMs, services.timers.now());
    } else if (kind === deadlines.head) {
      stats.requestHeaderTimeout.inc();
      this.#answerLateHead();
    } else {
      this.#codec?.destroy();
    }
  }

  /** A head that does not come to its end gets an answer all the same, then the connection ends. */
  #answerLateHead(): void {
    const body = 'request header timeout';
    let fields = `content-length: ${body.length}\r\ncontent-type: text/plain\r\n`;
    for (const [name, value] of this.manager.responseHeaders.ofErrors()) fields += `${name}: ${value}\r\n`;
    this.#connection.transport.write(`HTTP/1.1 408 Request Timeout\r\n${fields}connection: close\r\n\r\n${body}`);
    this.#connection.transport.end();
    this.onClosing();
  }

  /** As long as the peer takes something it may have more time, and as long as requests run. */
  #endClosing(): void {
    const { services } = this.manager;
    const { transport } = this.#connection;
    const { bufferedBytes } = transport;
    if (this.#active > 0 || (bufferedBytes > 0 && bufferedBytes < this.#untaken)) {
      this.#untaken = bufferedBytes;
      const now = services.timers.now();
      this.#closing?.moveTo(now + closingMs, now);
    } else if (this.#codec === undefined) {
      transport.destroy();
    } else {
      this.#codec.destroy();
    }
  }

  #dropHead(): void {
    if (this.#head === undefined) return;
    this.manager.deadlines.give(this.#head);
    this.#head = undefined;
  }
}
