import { create, fromBinary } from '@bufbuild/protobuf';
import { deliveryOrder } from '@malla/protos';
import { NodeSchema } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import {
  DeltaDiscoveryResponseSchema,
  type DeltaDiscoveryRequest,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { DeltaClient, DeltaSession, type ResourceSet, type XdsResponse } from '@malla/xds';
import { DeltaModelProxy } from './delta-model-proxy.ts';

/**
 * A model proxy behind a relay, as Envoy is behind its agent: discovery's session -> the relay's client -> the relay's own
 * session -> the proxy. The relay answers discovery when the proxy has given its verdict. `connect` breaks the proxy's stream,
 * `reconnectRelay` the relay's.
 */
export class RelayedModelProxy extends DeltaModelProxy {
  discovery!: DeltaSession;
  readonly #client = new DeltaClient({
    node: create(NodeSchema),
    subscriptions: deliveryOrder.map((typeUrl) => [typeUrl, ['*']]),
  });
  /** Refusals that were passed on. */
  readonly #reported = new WeakSet<object>();
  #nonce = 0;

  protected override get offered(): ResourceSet {
    return this.#client.resources;
  }

  override connect(): void {
    if (this.discovery === undefined) this.reconnectRelay();
    super.connect();
  }

  /** The stream between relay and discovery breaks, and there is a new one to another replica. */
  reconnectRelay(): void {
    this.#client.disconnect();
    this.discovery = new DeltaSession({ nonce: () => `u${++this.#nonce}`, now: () => 0 });
    this.discovery.update(this.target);
    for (const request of this.#client.connect()) this.#upstream(request);
    if (this.session !== undefined) this.queue.push(...this.#settle());
  }

  override update(): readonly XdsResponse[] {
    this.#downstream(this.discovery.update(this.target));
    return this.#settle();
  }

  override work(): boolean {
    const worked = super.work();
    this.queue.push(...this.#settle());
    return worked || this.queue.length > 0;
  }

  /** Brings the proxy what is new, and discovery the proxy's verdicts, until nothing moves. */
  #settle(): XdsResponse[] {
    const responses = [...this.session.update(this.#client.resources)];
    this.forgetRefusals();
    for (const typeUrl of this.#client.held()) {
      const verdict = this.#verdict(typeUrl);
      if (verdict === undefined) continue;
      for (const request of verdict) this.#upstream(request);
      return [...responses, ...this.#settle()];
    }
    return responses;
  }

  /** As the agent does: no verdict before the proxy asks, each refusal is passed on once, and then counts as an answer. */
  #verdict(typeUrl: string): readonly DeltaDiscoveryRequest[] | undefined {
    const delivery = this.session.delivery().get(typeUrl);
    if (delivery === undefined) return undefined;
    const { nack, ackedVersion, sentVersion, wantedVersion } = delivery;
    if (nack && !this.#reported.has(nack)) {
      this.#reported.add(nack);
      return this.#client.refuse(typeUrl, nack.message, nack.versions).requests;
    }
    const answered = nack ? sentVersion === ackedVersion : ackedVersion === wantedVersion;
    return answered ? this.#client.acknowledge(typeUrl) : undefined;
  }

  #upstream(request: DeltaDiscoveryRequest): void {
    this.#downstream(this.discovery.receive(request));
  }

  #downstream(responses: readonly XdsResponse[]): void {
    for (const { bytes } of responses) {
      const response = fromBinary(DeltaDiscoveryResponseSchema, bytes);
      const { requests } = this.#client.receive(response);
      for (const request of requests) this.#upstream(request);
      // The proxy may never ask for a type of which there is nothing.
      const empty = response.resources.length + response.removedResources.length === 0;
      if (empty) for (const request of this.#client.acknowledge(response.typeUrl)) this.#upstream(request);
    }
  }
}
