import type { Proxy } from '@malla/ir';
import { logFields } from '@malla/observability';
import type { ResourceSet, XdsSession } from '@malla/xds';
import type { Logger } from 'pino';
import type { DeliveryReporter } from '../delivery/delivery-reporter.ts';
import type { DiscoveryMetrics } from '../discovery-metrics.ts';
import type { MeshState, MeshVersion } from '../mesh/mesh-state.ts';
import type { ConnectedProxy } from './proxy-of-node.ts';
import { ProxyStream, type ResponseSink } from './proxy-stream.ts';

export interface ProxyRegistryParams {
  readonly mesh: Pick<MeshState, 'current' | 'onChange'>;
  readonly resources: (proxy: Proxy, version: MeshVersion) => ResourceSet;
  readonly reporter: Pick<DeliveryReporter, 'changed' | 'closed'>;
  readonly metrics: DiscoveryMetrics;
  readonly logger: Logger;
  /** Name of this replica. */
  readonly discovery: string;
  readonly now: () => number;
}

export interface OpenParams<Request> {
  readonly connected: ConnectedProxy;
  readonly session: XdsSession<Request>;
  readonly sink: ResponseSink;
}

/** Proxies pushed before the event loop gets a turn: others' requests must not wait for the whole mesh. */
const pushBatch = 16;

/** How long {@link ProxyRegistry.settled} waits at most: one stuck proxy must not hold up a drain. */
const settleTimeoutMs = 2000;

/** All ADS streams of this replica; brings each to every new version of the mesh. */
export class ProxyRegistry {
  readonly #params: ProxyRegistryParams;
  readonly #streams = new Set<ProxyStream<never>>();
  readonly #stopListening: () => void;
  readonly #waiters = new Set<() => void>();
  #pending: Set<ProxyStream<never>> | undefined;

  constructor(params: ProxyRegistryParams) {
    this.#params = params;
    this.#stopListening = params.mesh.onChange(() => this.#pushAll());
  }

  get size(): number {
    return this.#streams.size;
  }

  /** Connected proxies that have not acknowledged the present version of the mesh. */
  get behind(): number {
    const { generation } = this.#params.mesh.current;
    let count = 0;
    for (const stream of this.#streams) if (stream.ackedGeneration < generation) count++;
    return count;
  }

  open<Request>({ connected, session, sink }: OpenParams<Request>): ProxyStream<Request> {
    const { mesh, resources, reporter, metrics, logger, discovery, now } = this.#params;
    const stream: ProxyStream<Request> = new ProxyStream({
      connected,
      session,
      sink,
      discovery,
      now,
      resources: (version) => resources(connected.proxy, version),
      onSent: (response) => metrics.sent(response),
      onPushed: (responses, seconds) => metrics.pushed(responses, seconds),
      onConverged: (seconds) => metrics.converged(seconds),
      onRefused: (typeUrl, nack) => {
        metrics.rejected(typeUrl);
        logger.error(
          {
            [logFields.proxy]: stream.id,
            [logFields.typeUrl]: typeUrl,
            [logFields.reason]: nack.message,
            resources: nack.resources,
          },
          'Proxy refused resources and keeps the last good ones',
        );
      },
      onDelivery: () => {
        reporter.changed(stream.id, stream);
        for (const waiter of this.#waiters) waiter();
      },
    });
    stream.push(mesh.current);
    this.#streams.add(stream as ProxyStream<never>);
    metrics.connected(this.#streams.size);
    return stream;
  }

  close<Request>(stream: ProxyStream<Request>): void {
    this.#streams.delete(stream as ProxyStream<never>);
    this.#pending?.delete(stream as ProxyStream<never>);
    this.#params.reporter.closed(stream.id, stream);
    this.#params.metrics.connected(this.#streams.size);
    for (const waiter of this.#waiters) waiter();
  }

  /** Resolves when every connected proxy has acknowledged the present version of the mesh, or after 2 s. */
  settled(): Promise<void> {
    const { generation } = this.#params.mesh.current;
    const done = (): boolean => [...this.#streams].every((stream) => stream.ackedGeneration >= generation);
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(check);
        resolve();
      };
      const check = (): void => {
        if (done()) finish();
      };
      const timer = setTimeout(finish, settleTimeoutMs);
      this.#waiters.add(check);
      check();
    });
  }

  stop(): void {
    this.#stopListening();
    this.#pending = undefined;
  }

  /** A push that is still under way takes the newest version for those it has not reached; each stream is pushed once. */
  #pushAll(): void {
    const running = this.#pending !== undefined;
    this.#pending = new Set(this.#streams);
    if (!running) this.#pushSome();
  }

  #pushSome(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    let count = 0;
    for (const stream of pending) {
      pending.delete(stream);
      stream.push(this.#params.mesh.current);
      if (++count === pushBatch) break;
    }
    if (pending.size > 0) setImmediate(() => this.#pushSome());
    else this.#pending = undefined;
  }
}
