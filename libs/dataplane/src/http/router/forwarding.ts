import type { HeaderList, ResetReason, ResponseHead } from '@malla/http-codec';
import type { CompiledRoute } from '@malla/matcher';
import type { Host } from '@malla/balancing';
import type { ClusterRuntime } from '../../runtime/upstream.ts';
import { poolsOf } from '../pool/cluster-pools.ts';
import type { AttemptSpan } from '../../tracing/attempt-span.ts';
import type { PoolFailure } from '../pool/pool-client.ts';
import { clusterStatsOf, type ClusterStats } from '../stats/cluster-stats.ts';
import type { DeadlineOwner } from '../stream/deadlines.ts';
import type { Stream } from '../stream/stream.ts';
import type { RequestSink } from '../stream/request-sink.ts';
import { StreamFacts } from '../stream/stream-facts.ts';
import { failureReply, replyBodyTooLarge, replyNoHost, replyTimeout } from './failure-reply.ts';
import { ForwardedFacts } from './forwarded-facts.ts';
import type { ForwardedRequest, RouterParts } from './forwarded-request.ts';
import { ForwardingDeadlines, waits } from './forwarding-deadlines.ts';
import { countAnswer, countTrailers, hostResults } from './host-results.ts';
import { KeptBody } from './kept-body.ts';
import { mirrorRequest } from './mirror-request.ts';
import { pickHost } from './pick-host.ts';
import { hashOf } from './request-hash.ts';
import { requestTimeouts, setTimeoutHeader, type RequestTimeouts } from './request-timeouts.ts';
import { failureOfPool, failureOfReset, type TryFailure } from './reset-words.ts';
import { finishResponseHead, outlierStatus } from './response-head.ts';
import { RetryState, type RetryDecision } from './retry-state.ts';
import { UpstreamAttempt, type AttemptOwner } from './upstream-attempt.ts';
import { prepareUpstreamHead, rewriteAuthority, withClusterHeaders } from './upstream-head.ts';

/** One request on its way to a cluster: its tries, its time, and what comes back. */
export class Forwarding implements RequestSink, ForwardedRequest, AttemptOwner, DeadlineOwner {
  cluster: ClusterRuntime;
  /** The newest try; access logs tell of it. */
  attempt: UpstreamAttempt | undefined;
  attempts = 1;
  readonly router: RouterParts;
  readonly stream: Stream;
  readonly #route: CompiledRoute;
  readonly #body = new KeptBody();
  readonly #timeouts: RequestTimeouts;
  #stats: ClusterStats;
  #retry: RetryState | undefined;
  #mirrors: readonly string[] = [];
  #hash: bigint | undefined;
  /** Of all tries: what connections are named by, after the route's rewrite and before that of a host. Source: what Envoy 1.40 does. */
  #authority = '';
  cookie: string | undefined;
  /** A try is under way. */
  #trying = false;
  #complete = false;
  /** Of the try under way, at gateways that make such. */
  #span: AttemptSpan | undefined;
  #status = 0;
  #upstreamPaused = false;
  readonly #deadlines: ForwardingDeadlines;

  constructor(router: RouterParts, stream: Stream, cluster: ClusterRuntime) {
    this.router = router;
    this.stream = stream;
    this.cluster = cluster;
    this.#route = stream.route as CompiledRoute;
    this.#stats = clusterStatsOf(cluster, router.services);
    this.#timeouts = requestTimeouts(stream);
    this.#deadlines = new ForwardingDeadlines(this, stream.manager.deadlines);
  }

  start(): void {
    const { stream, router } = this;
    const route = this.#route;
    stream.forwarded = new ForwardedFacts(this);
    if (route.forward !== undefined && route.forward.hash.length > 0) {
      const { hash, setCookie } = hashOf(stream);
      this.#hash = hash;
      this.cookie = setCookie;
    }
    const host = this.#pickHost();
    if (host === undefined) {
      this.#answerNoHost();
      return;
    }
    prepareUpstreamHead(stream, { timeouts: this.#timeouts, envoyHeaders: !router.suppressEnvoyHeaders });
    stream.trace?.forward();
    this.#authority = stream.head.authority;
    if (route.retries !== undefined) {
      this.#retry = RetryState.for(stream, { cluster: this.cluster, stats: this.#stats });
      this.#retry?.tried?.add(host);
    }
    if (route.forward !== undefined && route.forward.mirrors.length > 0 && stream.head.method !== 'CONNECT') {
      this.#mirrors = route.mirrors(router.services.random);
    }
    this.#body.wanted = this.#retry !== undefined || this.#mirrors.length > 0;
    this.#try(host);
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
    else this.#deadlines.touchTry();
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

  onFault(): void {
    this.stream.resetDownstream();
  }

  onStreamEnd(): void {
    this.#retry?.release();
    this.#retry = undefined;
    this.#body.drop();
    // The whole answer is known only now.
    if (this.#trying) this.#endSpan(0, 'canceled');
    else this.#endSpan(this.#status);
    this.#trying = false;
    this.#deadlines.end();
    this.attempt?.cancel();
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
        replyBodyTooLarge(this);
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
    for (const cluster of this.#mirrors)
      mirrorRequest({ cluster, stream: this.stream, body: this.#body.share(), timeoutMs: this.#timeouts.totalMs });
    this.#mirrors = [];
    this.#deadlines.startTotal(this.#timeouts.totalMs);
    if (this.attempt?.exchange !== undefined) this.#deadlines.startTry(this.#timeouts.perTryMs);
  }

  // Tries.

  #pickHost(): Host | undefined {
    return pickHost(this.cluster, this.stream, { hash: this.#hash, tried: this.#retry?.tried });
  }

  #try(host: Host): void {
    const { isHttp2, manager, trace } = this.stream;
    this.#span = trace?.attempt(this.cluster.config.statName, this.attempts);
    const pools = poolsOf(this.cluster, this.router.services, manager.deadlines);
    const attempt = new UpstreamAttempt(this, pools.poolFor(host, { isHttp2, authority: this.#authority }));
    this.attempt = attempt;
    this.#trying = true;
    attempt.pool.newStream(attempt);
  }

  /** The try has its connection: the head goes out, and what there is of the body. */
  onConnected(attempt: UpstreamAttempt): void {
    const { stream } = this;
    const { head } = stream;
    if (this.cluster.config.outlier !== undefined) this.cluster.report(attempt.host, hostResults.connectSuccess);
    const extras = this.#route.config.forward;
    if (extras?.autoHostRewrite) {
      rewriteAuthority(stream, attempt.host.endpoint.hostname, !this.router.suppressEnvoyHeaders);
    }
    stream.markUpstreamTx();
    const bodyless = stream.exchange.endStream || (stream.requestEnded && this.#complete && this.#body.isEmpty);
    attempt.sendHead(withClusterHeaders(head, this.cluster), bodyless);
    if (!bodyless && !this.#body.isEmpty) {
      if (this.#body.sendBy(attempt)) stream.resumeReading();
      else stream.pauseReading();
    }
    if (this.#complete) this.#deadlines.startTry(this.#timeouts.perTryMs);
    if (extras?.perTryIdleTimeoutMs) this.#deadlines.startTryIdle(extras.perTryIdleTimeoutMs);
  }

  onPoolFailure(attempt: UpstreamAttempt, failure: PoolFailure): void {
    if (failure.reason !== 'overflow') {
      this.cluster.report(
        attempt.host,
        failure.reason === 'connection-timeout' ? hostResults.connectTimeout : hostResults.connectFailed,
      );
    }
    this.#onFailed(attempt, failureOfPool(failure), false);
  }

  onReset(attempt: UpstreamAttempt, reason: ResetReason): void {
    this.cluster.report(attempt.host, hostResults.reset);
    this.#onFailed(attempt, failureOfReset(reason), true);
  }

  #onFailed(attempt: UpstreamAttempt, failure: TryFailure, sent: boolean): void {
    const { stream } = this;
    this.#endTry();
    if (!failure.overflow) attempt.host.counts.failed++;
    if (!stream.responseStarted && this.#retry !== undefined) {
      if (this.#retries(this.#retry.afterReset(failure.outcome, sent))) {
        this.#endSpan(0, failure.words);
        return;
      }
    }
    const { responseStarted } = stream;
    const reply = failureReply(this, failure, attempt.transportFailure);
    if (!responseStarted) this.#stats.chargeCode(reply.status);
    else if (stream.isGrpc) this.router.stats.resetAfterResponseStarted.inc();
    stream.addFlag(failure.flag);
    this.#endSpan(0, failure.words);
    stream.reply(reply);
  }

  #answerNoHost(): void {
    this.#trying = false;
    this.#stats.chargeCode(503);
    replyNoHost(this);
  }

  /** True: there will be another try. */
  #retries(decision: RetryDecision): boolean {
    if (decision === 'yes') {
      this.#deadlines.startBackoff((this.#retry as RetryState).nextBackoffMs());
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
    const host = cluster === undefined ? undefined : this.#pickHost();
    if (host === undefined) {
      this.#answerNoHost();
      return;
    }
    const { headers } = stream.head;
    if (this.#route.virtualHost.includeRequestAttemptCount) headers.set('x-envoy-attempt-count', String(this.attempts));
    const elapsedMs = this.#complete ? router.services.timers.now() - stream.requestEndedAt : 0;
    if (!router.suppressEnvoyHeaders) setTimeoutHeader(headers, this.#timeouts, elapsedMs);
    this.#try(host);
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
    countAnswer(attempt.host.counts, stream, head, endStream);
    if (this.#retry !== undefined && this.#retries(this.#retry.afterResponse(head))) {
      this.#stats.retryCodes.count(head.status);
      this.#endTry();
      this.#endSpan(head.status);
      attempt.cancel();
      return;
    }
    this.#stopRetrying();
    this.#deadlines.touchTry();
    this.#status = head.status;
    const ended = finishResponseHead(this, head) || endStream;
    this.#stats.chargeCode(head.status);
    if (ended) this.#onResponseComplete();
    stream.sendHead(head, ended);
  }

  onData(attempt: UpstreamAttempt, chunk: Buffer, endStream: boolean): void {
    if (endStream) this.#onResponseComplete();
    else this.#deadlines.touchTry();
    if (this.stream.sendData(chunk, endStream) || endStream || this.#upstreamPaused) return;
    this.#upstreamPaused = true;
    this.#stats.pausedReading.inc();
    attempt.exchange?.pauseReading();
  }

  onTrailers(attempt: UpstreamAttempt, trailers: HeaderList): void {
    countTrailers(attempt.host.counts, this.stream, trailers);
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

  // Time.

  onDeadline(kind: number): void {
    if (this.stream.over) return;
    if (kind === waits.backoff) {
      this.#deadlines.endBackoff();
      this.#tryAgain();
    } else if (kind === waits.total) {
      this.#onTimeout();
    } else {
      this.#onTryTimeout(kind === waits.perTryIdle);
    }
  }

  #onTimeout(): void {
    const { attempt } = this;
    if (this.#trying && attempt !== undefined) {
      this.#stats.timeout.inc();
      attempt.host.counts.timedOut++;
      if (!attempt.answered) {
        attempt.host.counts.failed++;
        this.cluster.report(attempt.host, hostResults.requestTimeout);
        this.#stats.chargeCode(504);
      }
      this.#endTry();
      this.#endSpan(0, 'canceled');
      attempt.cancel();
    }
    replyTimeout(this, 'response_timeout');
  }

  #onTryTimeout(idle: boolean): void {
    const attempt = this.attempt as UpstreamAttempt;
    (idle ? this.#stats.perTryIdleTimeout : this.#stats.perTryTimeout).inc();
    this.#endTry();
    this.#endSpan(0, 'per-try timeout');
    attempt.cancel();
    this.cluster.report(attempt.host, hostResults.requestTimeout);
    if (!this.stream.responseStarted && this.#retry !== undefined) {
      if (this.#retries(this.#retry.afterReset('per-try-timeout', true))) return;
    }
    if (!this.stream.responseStarted) this.#stats.chargeCode(504);
    replyTimeout(this, idle ? 'upstream_per_try_idle_timeout' : 'upstream_per_try_timeout');
  }

  /** The span of the try is over; the first word of how it ended counts. */
  #endSpan(status: number, failure?: string): void {
    this.#span?.finish(new StreamFacts(this.stream, this.router.services.timers.now()), status, failure);
    this.#span = undefined;
  }

  /** The try is over, in whichever way. */
  #endTry(): void {
    this.#trying = false;
    this.#deadlines.endTry();
  }
}
