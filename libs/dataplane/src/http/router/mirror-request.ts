import type { ClientExchange, RequestHead, ResponseHead } from '@malla/http-codec';
import type { WorkerServices } from '../../runtime/services.ts';
import { localAddress } from '../headers/local-address.ts';
import { poolsOf } from '../pool/cluster-pools.ts';
import type { HostPool } from '../pool/host-pool.ts';
import type { PoolClient, StreamConnection } from '../pool/pool-client.ts';
import { clusterStatsOf, type ClusterStats } from '../stats/cluster-stats.ts';
import type { Deadline, DeadlineOwner, Deadlines } from '../stream/deadlines.ts';
import type { HeldBody } from '../stream/held-body.ts';
import type { Stream } from '../stream/stream.ts';
import { withClusterHeaders } from './upstream-head.ts';

interface Params extends Pick<MirrorRequestParams, 'body' | 'timeoutMs'> {
  readonly services: WorkerServices;
  readonly deadlines: Deadlines;
}

export interface MirrorRequestParams {
  /** Name; nothing is sent when there is no such cluster. */
  readonly cluster: string;
  readonly stream: Stream;
  readonly body: HeldBody | undefined;
  /** 0: without a bound. */
  readonly timeoutMs: number;
}

/** Sends a copy of a whole request to another cluster; nobody waits for the answer. */
export function mirrorRequest({ cluster: name, stream, body, timeoutMs }: MirrorRequestParams): void {
  const { services, deadlines } = stream.manager;
  const cluster = services.clusters.get(name);
  if (cluster === undefined) return;
  const stats = clusterStatsOf(cluster, services);
  const host = cluster.pick({});
  if (host === undefined) {
    stats.chargeCode(503);
    return;
  }
  const head = withClusterHeaders(mirrorHead(stream.head), cluster);
  const pool = poolsOf(cluster, services, deadlines).poolFor(host, {
    authority: head.authority,
    isHttp2: head.version === '2',
  });
  new Mirror({ body, timeoutMs, services, deadlines }, { head, pool, stats }).start();
}

/** The same host: Envoy's `-shadow` behind it is switched off by whoever configures mirrors. */
function mirrorHead(head: RequestHead): RequestHead {
  const headers = head.headers.clone();
  headers.set('x-envoy-internal', 'true');
  const before = headers.get('x-forwarded-for');
  headers.set('x-forwarded-for', before === undefined ? localAddress() : `${before},${localAddress()}`);
  return { ...head, headers };
}

class Mirror implements PoolClient, DeadlineOwner {
  readonly #params: Params;
  readonly #head: RequestHead;
  readonly #pool: HostPool;
  readonly #stats: ClusterStats;
  #exchange: ClientExchange | undefined;
  #connection: StreamConnection | undefined;
  #deadline: Deadline | undefined;
  #over = false;
  readonly #startedAt: number;

  constructor(
    params: Params,
    made: { readonly head: RequestHead; readonly pool: HostPool; readonly stats: ClusterStats },
  ) {
    this.#params = params;
    this.#head = made.head;
    this.#pool = made.pool;
    this.#stats = made.stats;
    this.#startedAt = params.services.timers.now();
  }

  start(): void {
    const { timeoutMs, deadlines } = this.#params;
    if (timeoutMs > 0) this.#deadline = deadlines.take(this, 1, timeoutMs, this.#startedAt);
    this.#pool.newStream(this);
  }

  onPoolReady(exchange: ClientExchange, connection: StreamConnection): void {
    const { body } = this.#params;
    this.#exchange = exchange;
    this.#connection = connection;
    const bodyless = body === undefined || (body.chunks.length === 0 && body.trailers === undefined);
    exchange.sendHead(this.#head, bodyless);
    if (bodyless) return;
    body.chunks.forEach((chunk, index) => {
      exchange.sendData(Buffer.from(chunk), body.trailers === undefined && index === body.chunks.length - 1);
    });
    if (body.trailers !== undefined) exchange.sendTrailers(body.trailers);
  }

  onPoolFailure(): void {
    this.#stats.chargeCode(503);
    this.#end();
  }

  onInformational(): void {}

  onHead(head: ResponseHead, endStream: boolean): void {
    this.#stats.chargeCode(head.status);
    if (endStream) this.#complete();
  }

  onData(_chunk: Buffer, endStream: boolean): void {
    if (endStream) this.#complete();
  }

  onTrailers(): void {
    this.#complete();
  }

  onReset(): void {
    this.#end();
  }

  onWritable(): void {}

  onDeadline(): void {
    this.#stats.timeout.inc();
    if (this.#exchange === undefined) this.#pool.cancel(this);
    else this.#exchange.reset('local-reset');
    this.#end();
  }

  #complete(): void {
    this.#stats.chargeTime(Math.trunc(this.#params.services.timers.now() - this.#startedAt));
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#connection?.onStreamOver();
    if (this.#deadline !== undefined) this.#params.deadlines.give(this.#deadline);
    this.#deadline = undefined;
  }
}
