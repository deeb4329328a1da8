import type { HeaderList } from '@malla/http-codec';
import { type ClientExchange, type RequestHead, type ResponseHead } from '@malla/http-codec';
import type { WorkerServices } from '../../runtime/services.ts';
import { poolsOf } from '../pool/cluster-pools.ts';
import type { HostPool } from '../pool/host-pool.ts';
import type { PoolClient, StreamConnection } from '../pool/pool-client.ts';
import { clusterStatsOf } from '../stats/cluster-stats.ts';
import type { Deadline, DeadlineOwner, Deadlines } from '../stream/deadlines.ts';

/** A whole answer. */
export interface SideAnswer {
  readonly head: ResponseHead;
  readonly body: Buffer;
  readonly trailers: HeaderList | undefined;
}

export interface SideCallParams {
  readonly cluster: string;
  readonly head: RequestHead;
  readonly body: Uint8Array | undefined;
  /** 0: for ever. */
  readonly timeoutMs: number;
  readonly services: WorkerServices;
  readonly deadlines: Deadlines;
  /** Called once, perhaps before the call returns; undefined: there is no answer. */
  readonly done: (answer: SideAnswer | undefined) => void;
}

/** Bytes of an answer's body; more is no answer. */
const maxAnswerBytes = 1024 * 1024;

/** A request of the proxy's own, to a service that a filter asks. */
export class SideCall implements PoolClient, DeadlineOwner {
  readonly #params: SideCallParams;
  #pool: HostPool | undefined;
  #exchange: ClientExchange | undefined;
  #connection: StreamConnection | undefined;
  #deadline: Deadline | undefined;
  #head: ResponseHead | undefined;
  readonly #body: Buffer[] = [];
  #bytes = 0;
  #over = false;

  constructor(params: SideCallParams) {
    this.#params = params;
  }

  start(): void {
    const { cluster: name, services, deadlines, timeoutMs, head } = this.#params;
    const cluster = services.clusters.get(name);
    const host = cluster?.pick({});
    if (cluster === undefined || host === undefined) {
      this.#end(undefined);
      return;
    }
    if (timeoutMs > 0) this.#deadline = deadlines.take(this, 1, timeoutMs, services.timers.now());
    const request = { isHttp2: true, authority: head.authority };
    this.#pool = poolsOf(cluster, services, deadlines).poolFor(host, request);
    this.#pool.newStream(this);
  }

  /** `done` is not called any more. */
  cancel(): void {
    if (this.#over) return;
    this.#giveUp();
    this.#settle();
  }

  onPoolReady(exchange: ClientExchange, connection: StreamConnection): void {
    const { head, body } = this.#params;
    this.#exchange = exchange;
    this.#connection = connection;
    exchange.sendHead(head, body === undefined);
    if (body !== undefined) exchange.sendData(body, true);
  }

  onPoolFailure(): void {
    this.#end(undefined);
  }

  onInformational(): void {}

  onHead(head: ResponseHead, endStream: boolean): void {
    this.#head = head;
    this.#charge(head.status);
    if (endStream) this.#complete(undefined);
  }

  onData(chunk: Buffer, endStream: boolean): void {
    this.#bytes += chunk.length;
    if (this.#bytes > maxAnswerBytes) {
      this.#giveUp();
      this.#end(undefined);
      return;
    }
    this.#body.push(Buffer.from(chunk));
    if (endStream) this.#complete(undefined);
  }

  onTrailers(trailers: HeaderList): void {
    this.#complete(trailers);
  }

  onReset(): void {
    this.#end(undefined);
  }

  onWritable(): void {}

  onDeadline(): void {
    this.#giveUp();
    this.#end(undefined);
  }

  #complete(trailers: HeaderList | undefined): void {
    this.#end({ head: this.#head as ResponseHead, body: Buffer.concat(this.#body), trailers });
  }

  #charge(status: number): void {
    const { cluster, services } = this.#params;
    const runtime = services.clusters.get(cluster);
    if (runtime !== undefined) clusterStatsOf(runtime, services).chargeCode(status);
  }

  #giveUp(): void {
    if (this.#exchange === undefined) this.#pool?.cancel(this);
    else this.#exchange.reset('local-reset');
  }

  #end(answer: SideAnswer | undefined): void {
    if (this.#over) return;
    this.#settle();
    this.#params.done(answer);
  }

  #settle(): void {
    this.#over = true;
    this.#connection?.onStreamOver();
    if (this.#deadline !== undefined) this.#params.deadlines.give(this.#deadline);
    this.#deadline = undefined;
  }
}
