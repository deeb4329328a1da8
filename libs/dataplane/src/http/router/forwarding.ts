import type { HeaderList, ResetReason, ResponseHead } from '@malla/http-codec';
import type { CompiledRoute } from '@malla/matcher';
import type { ClusterRuntime, HostResult } from '../../runtime/upstream.ts';
import { poolsOf } from '../pool/cluster-pools.ts';
import type { HostPool } from '../pool/host-pool.ts';
import type { PoolFailure } from '../pool/pool-client.ts';
import { clusterStatsOf, type ClusterStats } from '../stats/cluster-stats.ts';
import type { Deadline, DeadlineOwner } from '../stream/deadlines.ts';
import type { HttpStream, LocalReply } from '../stream/http-stream.ts';
import type { RequestSink } from '../stream/request-sink.ts';
import { KeptBody } from './kept-body.ts';
import { mirrorRequest } from './mirror-request.ts';
import { requestTimeouts, setTimeoutHeaders, type RequestTimeouts } from './request-timeouts.ts';
import { failureOfPool, failureOfReset, type TryFailure } from './reset-words.ts';
import { finishResponseHead, outlierStatus } from './response-head.ts';
import { RetryState, type RetryDecision } from './retry-state.ts';
import type { Router } from './router.ts';
import { UpstreamAttempt } from './upstream-attempt.ts';
import { subsetOf } from './subset.ts';
import { prepareUpstreamHead, rewriteAuthority } from './upstream-head.ts';

const deadlines = { total: 1, perTry: 2, perTryIdle: 3, backoff: 4 } as const;

/** One request on its way to a cluster: its tries, its time, and what comes back. */
export class Forwarding implements RequestSink, DeadlineOwner {
  cluster: ClusterRuntime;
  /** The newest try; access logs tell of it. */
  attempt: UpstreamAttempt | undefined;
  attempts = 1;
  readonly router: Router;
  readonly stream: HttpStream;
  readonly #route: CompiledRoute;
  readonly #body = new KeptBody();
  readonly #timeouts: RequestTimeouts;
  #stats: ClusterStats;
  #retry: RetryState | undefined;
  #mirrors: readonly string[] = [];
  #hash: bigint | undefined;
  /** Set-Cookie that the hash policy gives a client without one. */
  cookie: string | undefined;
  /** A try is under way. */
  #trying = false;
  #complete = false;
  #upstreamPaused = false;
  #total: Deadline | undefined;
  #perTry: Deadline | undefined;
  #perTryIdle: Deadline | undefined;
  #backoff: Deadline | undefined;

  constructor(router: Router, stream: HttpStream, cluster: ClusterRuntime) {
    this.router = router;
    this.stream = stream;
    this.cluster = cluster;
    this.#route = stream.route as CompiledRoute;
    this.#stats = clusterStatsOf(cluster, router.services);
    this.#timeouts = requestTimeouts(stream);
  }

  start(): void {
    const { stream, router } = this;
    const route = this.#route;
    stream.forwarding = this;
    if (route.forward !== undefined && route.forward.hash.length > 0) this.#hashRequest();
    const pool = this.#pickPool();
    if (pool === undefined) {
      this.#answerNoHost();
      return;
    }
    prepareUpstreamHead(stream, { timeouts: this.#timeouts, envoyHeaders: !router.suppressEnvoyHeaders });
    if (route.retries !== undefined) this.#prepareRetries(pool);
    if (route.forward !== undefined && route.forward.mirrors.length > 0 && stream.head.method !== 'CONNECT') {
      this.#mirrors = route.mirrors(router.services.random);
    }
    this.#body.wanted = this.#retry !== undefined || this.#mirrors.length > 0;
    this.#try(pool);
    if (stream.over) return;
    stream.connectSink(this);
    if (stream.exchange.endStream) this.#onRequestComplete();
  }

  // The request.

  onRequestData(chunk: Buffer, endStream: boolean): void {
    const { attempt } = this;
    const connected = this.#trying && attempt?.exchange !== undefined;
    if (this.#body.wanted || !connected) {
      this.#body.add(chunk, endStream);
      if (this.#body.bytes > this.stream.manager.bufferLimitBytes && !this.#onBodyTooLarge(connected)) return;
    }
    if (connected && !attempt.sendData(chunk, endStream)) this.stream.pauseReading();
    if (endStream) this.#onRequestComplete();
    else if (this.#perTryIdle !== undefined) this.#touchTry();
  }

  onRequestTrailers(trailers: HeaderList): void {
    const { attempt } = this;
    const connected = this.#trying && attempt?.exchange !== undefined;
    if (this.#body.wanted || !connected) this.#body.addTrailers(trailers);
    if (connected) attempt.sendTrailers(trailers);
    this.#onRequestComplete();
  }

  onDownstreamWritable(): void {
    if (!this.#upstreamPaused) return;
    this.#upstreamPaused = false;
    this.#stats.resumedReading.inc();
    this.attempt?.exchange?.resumeReading();
  }

  onUpstreamWritable(): void {
    this.stream.resumeReading();
  }

  onStreamEnd(): void {
    this.#retry?.release();
    this.#retry = undefined;
    this.#body.drop();
    this.#total = this.#give(this.#total);
    this.#backoff = this.#give(this.#backoff);
    this.#endTry();
    this.attempt?.cancel();
  }

  #hashRequest(): void {
    const { random } = this.router.services;
    const { hash, setCookie } = this.#route.hash(this.stream, () =>
      Math.floor(random() * 2 ** 52)
        .toString(16)
        .padStart(16, '0'),
    );
    this.#hash = hash;
    this.cookie = setCookie;
  }

  #prepareRetries(pool: HostPool): void {
    const route = this.#route;
    const { services } = this.router;
    const retries = route.retries as NonNullable<CompiledRoute['retries']>;
    const params = { route, retries, cluster: this.cluster, stats: this.#stats, random: services.random };
    this.#retry = RetryState.for(params, this.stream);
    this.#retry?.tried?.add(pool.host);
  }

  /** Too much to keep: no retries, no mirrors. False: the request was answered. */
  #onBodyTooLarge(connected: boolean): boolean {
    if (this.#body.wanted) {
      this.#stats.retryOrShadowAbandoned.inc();
      this.#retry?.release();
      this.#retry = undefined;
      this.#mirrors = [];
      this.#body.wanted = false;
      if (!this.#trying) {
        this.stream.reply({
          status: 507,
          body: 'exceeded request buffer limit while retrying upstream',
          details: 'request_payload_exceeded_retry_buffer_limit',
          ...this.#replyFields(false),
        });
        return false;
      }
    }
    if (connected) this.#body.drop();
    else this.stream.pauseReading();
    return true;
  }

  #onRequestComplete(): void {
    if (this.#complete) return;
    this.#complete = true;
    if (!this.#trying || this.stream.over) return;
    for (const name of this.#mirrors) this.#mirror(name);
    this.#mirrors = [];
    const { totalMs } = this.#timeouts;
    if (totalMs > 0) this.#total = this.#take(deadlines.total, totalMs);
    if (this.attempt?.exchange !== undefined) this.#startPerTry();
  }

  #mirror(name: string): void {
    const { services } = this.router;
    const cluster = services.clusters.get(name);
    if (cluster === undefined) return;
    mirrorRequest({
      cluster,
      head: this.stream.head,
      body: this.#body.share(),
      timeoutMs: this.#timeouts.totalMs,
      services,
      deadlines: this.stream.manager.deadlines,
    });
  }

  // Tries.

  #pickPool(): HostPool | undefined {
    const { cluster, stream } = this;
    const tried = this.#retry?.tried;
    const host = cluster.pick({
      hash: this.#hash,
      subset: subsetOf(stream),
      downstream: stream.connection,
      avoid:
        tried === undefined ? undefined : { hosts: tried, attempts: this.#route.retries?.hostSelectionAttempts ?? 1 },
    });
    if (host === undefined) return undefined;
    tried?.add(host);
    const pools = poolsOf(cluster, this.router.services, stream.manager.deadlines);
    return pools.poolFor(host, stream);
  }

  #try(pool: HostPool): void {
    const attempt = new UpstreamAttempt(this, pool);
    this.attempt = attempt;
    this.#trying = true;
    pool.newStream(attempt);
  }

  /** The try has its connection: the head goes out, and what there is of the body. */
  onConnected(attempt: UpstreamAttempt): void {
    const { stream } = this;
    const { head } = stream;
    if (this.cluster.config.outlier !== undefined) this.cluster.report(attempt.host, connectSuccess);
    const extras = this.#route.config.forward;
    if (extras?.autoHostRewrite) {
      rewriteAuthority(stream, attempt.host.endpoint.hostname, !this.router.suppressEnvoyHeaders);
    }
    stream.markUpstreamTx();
    const bodyless = stream.exchange.endStream || (stream.requestEnded && this.#complete && this.#body.isEmpty);
    attempt.sendHead(head, bodyless);
    if (!bodyless && !this.#body.isEmpty) {
      if (this.#body.sendBy(attempt)) stream.resumeReading();
      else stream.pauseReading();
    }
    if (this.#complete) this.#startPerTry();
    if (extras?.perTryIdleTimeoutMs) this.#perTryIdle = this.#take(deadlines.perTryIdle, extras.perTryIdleTimeoutMs);
  }

  onPoolFailure(attempt: UpstreamAttempt, failure: PoolFailure): void {
    if (failure.reason !== 'overflow') {
      this.cluster.report(attempt.host, failure.reason === 'connection-timeout' ? connectTimeout : connectFailed);
    }
    this.#onFailed(attempt, failureOfPool(failure), false);
  }

  onReset(attempt: UpstreamAttempt, reason: ResetReason): void {
    this.cluster.report(attempt.host, reset);
    this.#onFailed(attempt, failureOfReset(reason), true);
  }

  #onFailed(attempt: UpstreamAttempt, failure: TryFailure, sent: boolean): void {
    const { stream } = this;
    this.#endTry();
    if (!stream.responseStarted && this.#retry !== undefined) {
      if (this.#retries(this.#retry.afterReset(failure.outcome, sent))) return;
    }
    const status = failure.protocolError ? 502 : 503;
    if (!stream.responseStarted) this.#stats.chargeCode(status);
    else if (stream.isGrpc) this.router.stats.resetAfterResponseStarted.inc();
    stream.addFlag(failure.flag);
    const when = stream.responseStarted
      ? 'upstream_reset_after_response_started'
      : 'upstream_reset_before_response_started';
    const transport = attempt.transportFailure;
    const why = `${failure.words}${transport === '' ? '' : `|${transport}`}`.replaceAll(' ', '_');
    const latest = this.attempts > 1 ? 'retried and the latest ' : '';
    stream.reply({
      status,
      body: `upstream connect error or disconnect/reset before headers. ${latest}reset reason: ${failure.words}`,
      details: `${when}{${why}}`,
      ...this.#replyFields(failure.overflow),
    });
  }

  #answerNoHost(): void {
    this.#trying = false;
    this.#stats.chargeCode(503);
    this.stream.addFlag('UH');
    this.stream.reply({
      status: 503,
      body: 'no healthy upstream',
      details: 'no_healthy_upstream',
      ...this.#replyFields(false),
    });
  }

  /** True: there will be another try. */
  #retries(decision: RetryDecision): boolean {
    if (decision === 'yes') {
      const ms = (this.#retry as RetryState).nextBackoffMs();
      this.#backoff = this.#take(deadlines.backoff, ms);
      return true;
    }
    if (decision === 'no-overflow') this.stream.addFlag('UO');
    else if (decision === 'no-limit') this.stream.addFlag('URX');
    return false;
  }

  #tryAgain(): void {
    const { stream, router } = this;
    this.attempts++;
    const cluster = router.services.clusters.get(this.cluster.name);
    if (cluster !== undefined && cluster !== this.cluster) {
      this.cluster = cluster;
      this.#stats = clusterStatsOf(cluster, router.services);
    }
    const pool = cluster === undefined ? undefined : this.#pickPool();
    if (pool === undefined) {
      this.#answerNoHost();
      return;
    }
    const { headers } = stream.head;
    if (this.#route.virtualHost.includeRequestAttemptCount) headers.set('x-envoy-attempt-count', String(this.attempts));
    const elapsedMs = this.#complete ? router.services.timers.now() - stream.requestEndedAt : 0;
    setTimeoutHeaders(headers, this.#timeouts, { elapsedMs, envoyHeaders: !router.suppressEnvoyHeaders });
    this.#try(pool);
  }

  // The response.

  /** 100 Continue was our own to send; no retries after the upstream has begun to talk. */
  onInformational(head: ResponseHead): void {
    this.#stats.chargeCode(head.status);
    this.#stopRetrying();
  }

  onHead(attempt: UpstreamAttempt, head: ResponseHead, endStream: boolean): void {
    const { stream } = this;
    if (this.cluster.config.outlier !== undefined) {
      this.cluster.report(attempt.host, { kind: 'status', status: outlierStatus(stream, head) });
    }
    if (this.#retry !== undefined && this.#retries(this.#retry.afterResponse(head))) {
      this.#stats.retryCodes.count(head.status);
      this.#endTry();
      attempt.cancel();
      return;
    }
    this.#stopRetrying();
    if (this.#perTryIdle !== undefined) this.#touchTry();
    const ended = finishResponseHead(this, head) || endStream;
    this.#stats.chargeCode(head.status);
    if (ended) this.#onResponseComplete();
    stream.sendHead(head, ended);
  }

  onData(attempt: UpstreamAttempt, chunk: Buffer, endStream: boolean): void {
    if (endStream) this.#onResponseComplete();
    else if (this.#perTryIdle !== undefined) this.#touchTry();
    if (this.stream.sendData(chunk, endStream) || endStream || this.#upstreamPaused) return;
    this.#upstreamPaused = true;
    this.#stats.pausedReading.inc();
    attempt.exchange?.pauseReading();
  }

  onTrailers(_attempt: UpstreamAttempt, trailers: HeaderList): void {
    this.#onResponseComplete();
    this.stream.sendTrailers(trailers);
  }

  #onResponseComplete(): void {
    this.#endTry();
    if (!this.stream.requestEnded) return;
    const now = this.router.services.timers.now();
    this.#stats.chargeTime(Math.trunc(now - this.stream.requestEndedAt));
  }

  #stopRetrying(): void {
    if (this.#retry === undefined) return;
    this.#retry.release();
    this.#retry = undefined;
    this.#body.wanted = this.#mirrors.length > 0;
    if (!this.#body.wanted) this.#body.drop();
  }

  /** Fields of answers in the upstream's place. */
  #replyFields(overloaded: boolean): Pick<LocalReply, 'headers'> {
    const headers: (readonly [string, string])[] = [];
    if (overloaded && !this.router.suppressEnvoyHeaders) headers.push(['x-envoy-overloaded', 'true']);
    if (this.#route.virtualHost.includeAttemptCountInResponse) {
      headers.push(['x-envoy-attempt-count', String(this.attempts)]);
    }
    return headers.length === 0 ? {} : { headers };
  }

  // Time.

  onDeadline(kind: number): void {
    if (this.stream.over) return;
    if (kind === deadlines.backoff) {
      this.#backoff = this.#give(this.#backoff);
      this.#tryAgain();
    } else if (kind === deadlines.total) {
      this.#onTimeout();
    } else {
      this.#onTryTimeout(kind === deadlines.perTryIdle);
    }
  }

  #onTimeout(): void {
    const { attempt } = this;
    if (this.#trying && attempt !== undefined) {
      this.#stats.timeout.inc();
      if (!attempt.answered) {
        this.cluster.report(attempt.host, requestTimeout);
        this.#stats.chargeCode(504);
      }
      this.#endTry();
      attempt.cancel();
    }
    this.#answerTimeout('response_timeout');
  }

  #onTryTimeout(idle: boolean): void {
    const attempt = this.attempt as UpstreamAttempt;
    (idle ? this.#stats.perTryIdleTimeout : this.#stats.perTryTimeout).inc();
    this.#endTry();
    attempt.cancel();
    this.cluster.report(attempt.host, requestTimeout);
    if (!this.stream.responseStarted && this.#retry !== undefined) {
      if (this.#retries(this.#retry.afterReset('per-try-timeout', true))) return;
    }
    if (!this.stream.responseStarted) this.#stats.chargeCode(504);
    this.#answerTimeout(idle ? 'upstream_per_try_idle_timeout' : 'upstream_per_try_timeout');
  }

  #answerTimeout(details: string): void {
    this.stream.addFlag('UT');
    this.stream.reply({ status: 504, body: 'upstream request timeout', details, ...this.#replyFields(false) });
  }

  #startPerTry(): void {
    const { perTryMs } = this.#timeouts;
    if (perTryMs > 0 && this.#perTry === undefined) this.#perTry = this.#take(deadlines.perTry, perTryMs);
  }

  #touchTry(): void {
    const now = this.router.services.timers.now();
    this.#perTryIdle?.moveTo(now + (this.#route.config.forward?.perTryIdleTimeoutMs ?? 0), now);
  }

  /** The try is over, in whichever way. */
  #endTry(): void {
    this.#trying = false;
    this.#perTry = this.#give(this.#perTry);
    this.#perTryIdle = this.#give(this.#perTryIdle);
  }

  #take(kind: number, ms: number): Deadline {
    return this.stream.manager.deadlines.take(this, kind, ms, this.router.services.timers.now());
  }

  #give(deadline: Deadline | undefined): undefined {
    if (deadline !== undefined) this.stream.manager.deadlines.give(deadline);
    return undefined;
  }
}

const connectSuccess: HostResult = { kind: 'connect-success' };
const connectFailed: HostResult = { kind: 'connect-failed' };
const connectTimeout: HostResult = { kind: 'connect-timeout' };
const reset: HostResult = { kind: 'reset' };
const requestTimeout: HostResult = { kind: 'request-timeout' };
