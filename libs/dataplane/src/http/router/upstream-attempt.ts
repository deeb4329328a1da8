import type { ClientExchange, HeaderList, ResetReason, ResponseHead } from '@malla/http-codec';
import type { Host } from '@malla/balancing';
import type { HostPool } from '../pool/host-pool.ts';
import type { PoolClient, PoolFailure, StreamConnection } from '../pool/pool-client.ts';
import { reportFault } from '../../transport/socket-transport.ts';

/** Who makes tries, and hears what comes of them. */
export interface AttemptOwner {
  /** The try has its connection: the head goes out. */
  onConnected(attempt: UpstreamAttempt): void;
  onPoolFailure(attempt: UpstreamAttempt, failure: PoolFailure): void;
  onInformational(head: ResponseHead): void;
  onHead(attempt: UpstreamAttempt, head: ResponseHead, endStream: boolean): void;
  onData(attempt: UpstreamAttempt, chunk: Buffer, endStream: boolean): void;
  onTrailers(attempt: UpstreamAttempt, trailers: HeaderList): void;
  onReset(attempt: UpstreamAttempt, reason: ResetReason): void;
  onUpstreamWritable(): void;
  /** Any of these has thrown, which is a bug: the try has been given up, and its request ends. */
  onFault(): void;
}

/** One try of a request at one host. Tells its owner what comes of it until it is let go. */
export class UpstreamAttempt implements PoolClient {
  readonly host: Host;
  readonly pool: HostPool;
  connection: StreamConnection | undefined;
  exchange: ClientExchange | undefined;
  /** A response head has come. */
  answered = false;
  transportFailure = '';
  readonly #owner: AttemptOwner;
  /** Both of these: the connection can carry another request. */
  #sent = false;
  #received = false;
  #over = false;
  #letGo = false;
  #tunnel = false;

  constructor(owner: AttemptOwner, pool: HostPool) {
    this.#owner = owner;
    this.pool = pool;
    this.host = pool.host;
  }

  // From the pool.

  onPoolReady(exchange: ClientExchange, connection: StreamConnection): void {
    this.exchange = exchange;
    this.connection = connection;
    this.#owner.onConnected(this);
  }

  onPoolFailure(failure: PoolFailure): void {
    this.transportFailure = failure.detail;
    if (!this.#letGo) this.#owner.onPoolFailure(this, failure);
  }

  // To upstream.

  sendHead(head: Parameters<ClientExchange['sendHead']>[0], endStream: boolean): void {
    this.exchange?.sendHead(head, endStream);
    if (endStream) this.#halfOver(true);
  }

  /** False: stop until `onWritable`. */
  sendData(chunk: Uint8Array, endStream: boolean): boolean {
    if (this.exchange === undefined || this.#over) return true;
    const more = this.exchange.sendData(chunk, endStream);
    if (endStream) this.#halfOver(true);
    return more;
  }

  sendTrailers(trailers: HeaderList): void {
    if (this.#over) return;
    this.exchange?.sendTrailers(trailers);
    this.#halfOver(true);
  }

  /** Gives the try up; nothing more is heard of it. */
  cancel(): void {
    if (this.#letGo) return;
    this.#letGo = true;
    if (this.exchange === undefined) {
      this.pool.cancel(this);
      return;
    }
    if (this.#over) return;
    if (this.connection?.version === '2') this.pool.stats.txReset.inc();
    this.exchange.reset('local-reset');
    this.#end();
  }

  // From upstream.

  onInformational(head: ResponseHead): void {
    if (this.#letGo) return;
    try {
      this.#owner.onInformational(head);
    } catch (error) {
      this.#fault(error);
    }
  }

  onHead(head: ResponseHead, endStream: boolean): void {
    this.answered = true;
    this.#tunnel = head.status === 101;
    if (endStream) this.#halfOver(false);
    if (this.#letGo) return;
    try {
      this.#owner.onHead(this, head, endStream);
    } catch (error) {
      this.#fault(error);
    }
  }

  onData(chunk: Buffer, endStream: boolean): void {
    if (endStream) this.#halfOver(false);
    if (this.#letGo) return;
    try {
      this.#owner.onData(this, chunk, endStream);
    } catch (error) {
      this.#fault(error);
    }
  }

  onTrailers(trailers: HeaderList): void {
    this.#halfOver(false);
    if (this.#letGo) return;
    try {
      this.#owner.onTrailers(this, trailers);
    } catch (error) {
      this.#fault(error);
    }
  }

  onReset(reason: ResetReason): void {
    if (this.connection?.version === '2' && (reason === 'remote-reset' || reason === 'remote-refused'))
      this.pool.stats.rxReset.inc();
    this.#end();
    // HTTP/1 that ends within a body has broken the protocol, says Envoy.
    const cut =
      reason === 'connection-termination' && this.answered && this.connection?.version === '1' && !this.#tunnel;
    if (cut) this.pool.stats.protocolError.inc();
    if (this.#letGo) return;
    try {
      this.#owner.onReset(this, cut ? 'protocol-error' : reason);
    } catch (error) {
      this.#fault(error);
    }
  }

  onWritable(): void {
    if (this.#letGo) return;
    try {
      this.#owner.onUpstreamWritable();
    } catch (error) {
      this.#fault(error);
    }
  }

  /** The connection carries other requests too: what is wrong with this one must not end it. */
  #fault(error: unknown): void {
    reportFault(error);
    try {
      this.cancel();
      this.#owner.onFault();
    } catch (next) {
      reportFault(next);
    }
  }

  #halfOver(sending: boolean): void {
    if (sending) this.#sent = true;
    else this.#received = true;
    if (this.#sent && this.#received) this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.connection?.onStreamOver();
  }
}
