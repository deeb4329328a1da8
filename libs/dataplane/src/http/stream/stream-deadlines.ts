import type { Deadline, DeadlineOwner } from './deadlines.ts';
import { formatGrpcTimeout, parseGrpcTimeout } from './grpc.ts';
import type { Stream } from './stream.ts';

const kinds = { request: 1, idle: 2, duration: 3 } as const;

/** The deadlines of a stream as a whole: of its request, of rest, and of all of it. */
export class StreamDeadlines implements DeadlineOwner {
  readonly #stream: Stream;
  #idleMs = 0;
  #idle: Deadline | undefined;
  #request: Deadline | undefined;
  #duration: Deadline | undefined;

  private constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** Undefined when a stream has none; the route's word counts more than the connection manager's. */
  static begin(stream: Stream): StreamDeadlines | undefined {
    const { config } = stream.manager;
    const extras = stream.route?.config.forward;
    const requestMs = stream.requestEnded ? 0 : config.requestTimeoutMs;
    const idleMs = extras?.idleTimeoutMs ?? config.streamIdleTimeoutMs;
    const durationMs = grpcDeadline(stream) ?? extras?.maxStreamDurationMs ?? config.maxStreamDurationMs ?? 0;
    if (requestMs === 0 && idleMs === 0 && durationMs === 0) return undefined;
    const made = new StreamDeadlines(stream);
    made.#idleMs = idleMs;
    if (requestMs > 0) made.#request = made.#take(kinds.request, requestMs);
    if (idleMs > 0) made.#idle = made.#take(kinds.idle, idleMs);
    if (durationMs > 0) made.#duration = made.#take(kinds.duration, durationMs);
    return made;
  }

  /** Something has moved. */
  touch(): void {
    if (this.#idle === undefined) return;
    const now = this.#stream.manager.services.timers.now();
    this.#idle.moveTo(now + this.#idleMs, now);
  }

  onRequestEnd(): void {
    this.#request = this.#give(this.#request);
  }

  end(): void {
    this.#idle = this.#give(this.#idle);
    this.#request = this.#give(this.#request);
    this.#duration = this.#give(this.#duration);
  }

  onDeadline(kind: number): void {
    const stream = this.#stream;
    if (stream.over) return;
    const { stats } = stream.manager;
    // The client's fault, or somebody else's.
    const late = stream.requestEnded ? 504 : 408;
    if (kind === kinds.request) {
      stats.requestTimeout.inc();
      stream.reply({ status: 408, body: 'request timeout', details: 'request_overall_timeout' });
    } else if (kind === kinds.idle) {
      stats.requestIdleTimeout.inc();
      stream.addFlag('SI');
      stream.reply({ status: late, body: 'stream timeout', details: 'stream_idle_timeout' });
    } else {
      stats.requestMaxDurationReached.inc();
      stream.addFlag('DT');
      stream.reply({
        status: late,
        body: 'downstream duration timeout',
        details: 'max_duration_timeout',
        grpcStatus: 4,
      });
    }
  }

  #take(kind: number, ms: number): Deadline {
    const { manager, startedAt } = this.#stream;
    return manager.deadlines.take(this, kind, ms, startedAt);
  }

  #give(deadline: Deadline | undefined): undefined {
    if (deadline !== undefined) this.#stream.manager.deadlines.give(deadline);
    return undefined;
  }
}

/** What a gRPC client allows, up to what the route allows it to say. Source: Envoy's ActiveStream::refreshDurationTimeout. */
function grpcDeadline({ route, head }: Stream): number | undefined {
  const maxMs = route?.config.forward?.grpcTimeoutHeaderMaxMs;
  if (maxMs === undefined) return undefined;
  const asked = parseGrpcTimeout(head.headers.first('grpc-timeout'));
  if (asked === undefined) return undefined;
  const allowed = maxMs === 0 ? asked : Math.min(asked, maxMs);
  // The upstream is told what holds.
  if (allowed > 0) head.headers.set('grpc-timeout', formatGrpcTimeout(allowed));
  return allowed;
}
