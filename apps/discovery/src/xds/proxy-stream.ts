import type { DeliveryState, TypeDelivery as StoredDelivery } from '@malla/redis';
import {
  noResources,
  setVersionOf,
  type Nack,
  type ResourceSet,
  type TypeDelivery,
  type XdsResponse,
  type XdsSession,
} from '@malla/xds';
import type { MeshVersion } from '../mesh/mesh-state.ts';
import type { ConnectedProxy } from './proxy-of-node.ts';

/** Version of an empty set of resources. */
const nothing = setVersionOf(noResources);

/** The sending half of a gRPC stream. */
export interface ResponseSink {
  send(message: Uint8Array): boolean;
  drained(): Promise<void>;
}

export interface ProxyStreamParams<Request> {
  readonly connected: ConnectedProxy;
  readonly session: XdsSession<Request>;
  readonly sink: ResponseSink;
  /** Resources of this proxy at a version of the mesh. */
  readonly resources: (version: MeshVersion) => ResourceSet;
  /** Name of this replica. */
  readonly discovery: string;
  readonly now: () => number;
  readonly onSent: (response: XdsResponse) => void;
  readonly onDelivery: () => void;
  /** The proxy was brought to a version, in so many seconds. Default: nobody wants to know. */
  readonly onPushed?: (responses: readonly XdsResponse[], seconds: number) => void;
  /** It has acknowledged what came with a change (or with its connection) so many seconds ago. */
  readonly onConverged?: (seconds: number) => void;
  /** The proxy refused something that it had not refused before. */
  readonly onRefused: (typeUrl: string, nack: Nack) => void;
}

/**
 * One proxy's ADS stream. While the proxy reads slowly nothing is queued: the newest version waits, older ones are skipped.
 */
export class ProxyStream<Request> {
  readonly #params: ProxyStreamParams<Request>;
  readonly #connectedSince: string;
  readonly #sentAt = new Map<string, { nonce: string; time: string }>();
  readonly #ackedAt = new Map<string, { version: string; time: string }>();
  readonly #nackedAt = new Map<string, number>();
  #pushed: MeshVersion | undefined;
  #waiting: MeshVersion | undefined;
  #congested = false;
  /** When the change came that the proxy has not acknowledged yet. */
  #outstandingSince: number | undefined;
  #ackedGeneration = -1;
  #ackedRevision = 0n;

  constructor(params: ProxyStreamParams<Request>) {
    this.#params = params;
    this.#connectedSince = new Date(params.now()).toISOString();
  }

  get id(): string {
    return this.#params.connected.proxy.id;
  }

  /** The generation up to which the proxy has acknowledged everything; -1 before. */
  get ackedGeneration(): number {
    return this.#ackedGeneration;
  }

  /** Takes one request of the proxy. */
  receive(request: Request): void {
    this.#write(this.#params.session.receive(request));
    this.#note();
  }

  /**
   * Brings the proxy to a version of the mesh, now or as soon as it has read what was sent. A version that cannot be translated is skipped.
   * @throws MallaError if that is the first one: the proxy should turn to what it has cached, or to another replica
   */
  push(version: MeshVersion): void {
    if (this.#congested) {
      this.#waiting = version;
      return;
    }
    const startedAt = performance.now();
    const resources = this.#resourcesAt(version);
    if (resources === undefined) return;
    const first = this.#pushed === undefined;
    this.#pushed = version;
    const responses = this.#params.session.update(resources);
    if (first || responses.length > 0) this.#outstandingSince ??= first ? this.#params.now() : version.changedAt;
    this.#write(responses);
    this.#params.onPushed?.(responses, (performance.now() - startedAt) / 1000);
    this.#note();
  }

  /** Undefined when they cannot be made and the proxy has others; whoever makes them has told of it. */
  #resourcesAt(version: MeshVersion): ResourceSet | undefined {
    try {
      return this.#params.resources(version);
    } catch (error) {
      if (this.#pushed === undefined) throw error;
      return undefined;
    }
  }

  deliveryState(): DeliveryState {
    const { proxy, admin } = this.#params.connected;
    const types = [...this.#params.session.delivery()].map(
      ([typeUrl, delivery]) => [typeUrl, this.#stored(typeUrl, delivery)] as const,
    );
    return {
      id: proxy.id,
      namespace: proxy.namespace,
      type: proxy.role,
      cluster: proxy.cluster,
      version: proxy.version,
      dataPlane: proxy.dataPlane,
      connectedSince: this.#connectedSince,
      discovery: this.#params.discovery,
      revision: String(this.#ackedRevision),
      ...(admin !== undefined && { admin }),
      types: Object.fromEntries(types),
    };
  }

  #write(responses: readonly XdsResponse[]): void {
    let room = true;
    for (const response of responses) {
      room = this.#params.sink.send(response.bytes);
      this.#sentAt.set(response.typeUrl, { nonce: response.nonce, time: new Date(this.#params.now()).toISOString() });
      this.#params.onSent(response);
    }
    if (!room && !this.#congested) this.#waitForRoom();
  }

  #waitForRoom(): void {
    this.#congested = true;
    void this.#params.sink.drained().then(() => {
      this.#congested = false;
      const version = this.#waiting;
      this.#waiting = undefined;
      if (version !== undefined) this.push(version);
    });
  }

  #note(): void {
    const delivery = this.#params.session.delivery();
    let inStep = delivery.size > 0;
    for (const [typeUrl, { wantedVersion, ackedVersion, nack }] of delivery) {
      if (wantedVersion !== ackedVersion) inStep = false;
      if (nack !== undefined && this.#nackedAt.get(typeUrl) !== nack.at) {
        this.#nackedAt.set(typeUrl, nack.at);
        this.#params.onRefused(typeUrl, nack);
      }
      // Before its first ACK a proxy has nothing; that is no acknowledgement unless nothing is wanted.
      const answered = ackedVersion !== nothing || wantedVersion === nothing;
      if (answered && this.#ackedAt.get(typeUrl)?.version !== ackedVersion) {
        this.#ackedAt.set(typeUrl, { version: ackedVersion, time: new Date(this.#params.now()).toISOString() });
      }
    }
    if (inStep && this.#pushed !== undefined) {
      this.#ackedGeneration = this.#pushed.generation;
      this.#ackedRevision = this.#pushed.revision;
      this.#noteConverged();
    }
    this.#params.onDelivery();
  }

  #noteConverged(): void {
    if (this.#outstandingSince === undefined) return;
    this.#params.onConverged?.((this.#params.now() - this.#outstandingSince) / 1000);
    this.#outstandingSince = undefined;
  }

  #stored(typeUrl: string, delivery: TypeDelivery): StoredDelivery {
    const sent = this.#sentAt.get(typeUrl);
    const acked = this.#ackedAt.get(typeUrl);
    const { nack } = delivery;
    return {
      ...(sent && { sent: { version: delivery.sentVersion, ...sent } }),
      ...(acked && { acked }),
      ...(nack && { nacked: { message: nack.message, time: new Date(nack.at).toISOString() } }),
    };
  }
}
