import { deliveryOrder } from '@malla/protos';
import type { DeltaDiscoveryRequest } from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { DeltaType } from './delta-type.ts';
import { MakeBeforeBreak } from './make-before-break.ts';
import { resourcesOf, type ResourceSet } from './resource-set.ts';
import {
  defaultMaxResponseBytes,
  defaultMaxSubscriptions,
  XdsLimitError,
  type SessionOptions,
  type SessionState,
  type TypeDelivery,
  type XdsResponse,
  type XdsSession,
} from './session.ts';

/** A client that asks for more types than this is in error. */
export const maxTypes = 32;

/** The server's side of one delta ADS stream. */
export class DeltaSession implements XdsSession<DeltaDiscoveryRequest> {
  readonly #options: SessionOptions;
  readonly #types = new Map<string, DeltaType>();
  readonly #order = new MakeBeforeBreak(this.#types);
  #resources: ResourceSet | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    // There from the start, to know what was in the target before the client asks.
    for (const typeUrl of deliveryOrder) this.#type(typeUrl);
  }

  get state(): SessionState {
    return this.#order.state;
  }

  receive(request: DeltaDiscoveryRequest): readonly XdsResponse[] {
    const type = this.#type(request.typeUrl);
    if (request.responseNonce !== '') type.settle(request.responseNonce, request.errorDetail?.message);
    type.subscribe({
      subscribe: request.resourceNamesSubscribe,
      unsubscribe: request.resourceNamesUnsubscribe,
      initialVersions: request.initialResourceVersions,
    });
    return this.#order.advance();
  }

  update(resources: ResourceSet): readonly XdsResponse[] {
    this.#resources = resources;
    for (const [typeUrl, type] of this.#types) type.setTarget(resourcesOf(resources, typeUrl));
    return this.#order.advance();
  }

  delivery(): ReadonlyMap<string, TypeDelivery> {
    const asked = [...this.#types].filter(([, type]) => type.started);
    return new Map(asked.map(([typeUrl, type]) => [typeUrl, type.delivery()]));
  }

  #type(typeUrl: string): DeltaType {
    const known = this.#types.get(typeUrl);
    if (known) return known;
    if (this.#types.size >= maxTypes) throw new XdsLimitError(`more than ${maxTypes} types`);
    const type = new DeltaType({
      typeUrl,
      nonce: this.#options.nonce,
      onStaleNonce: this.#options.onStaleNonce,
      now: this.#options.now,
      maxResponseBytes: this.#options.maxResponseBytes ?? defaultMaxResponseBytes,
      maxSubscriptions: this.#options.maxSubscriptions ?? defaultMaxSubscriptions,
    });
    if (this.#resources) type.setTarget(resourcesOf(this.#resources, typeUrl));
    this.#types.set(typeUrl, type);
    return type;
  }
}
