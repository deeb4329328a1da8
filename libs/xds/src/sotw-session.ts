import { deliveryOrder } from '@malla/protos';
import type { DiscoveryRequest } from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { maxTypes } from './delta-session.ts';
import { MakeBeforeBreak } from './make-before-break.ts';
import { resourcesOf, type ResourceSet } from './resource-set.ts';
import {
  defaultMaxSubscriptions,
  XdsLimitError,
  type SessionOptions,
  type SessionState,
  type TypeDelivery,
  type XdsResponse,
  type XdsSession,
} from './session.ts';
import { SotwType } from './sotw-type.ts';

/** The server's side of one state-of-the-world ADS stream. Responses are not split: the protocol has no way to. */
export class SotwSession implements XdsSession<DiscoveryRequest> {
  readonly #options: SessionOptions;
  readonly #types = new Map<string, SotwType>();
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

  receive(request: DiscoveryRequest): readonly XdsResponse[] {
    const type = this.#type(request.typeUrl);
    type.receive({
      names: request.resourceNames,
      version: request.versionInfo,
      nonce: request.responseNonce,
      refusal: request.errorDetail?.message,
    });
    type.recognise();
    return this.#order.advance();
  }

  update(resources: ResourceSet): readonly XdsResponse[] {
    this.#resources = resources;
    for (const [typeUrl, type] of this.#types) {
      type.setTarget(resourcesOf(resources, typeUrl));
      type.recognise();
    }
    return this.#order.advance();
  }

  delivery(): ReadonlyMap<string, TypeDelivery> {
    const asked = [...this.#types].filter(([, type]) => type.started);
    return new Map(asked.map(([typeUrl, type]) => [typeUrl, type.delivery()]));
  }

  #type(typeUrl: string): SotwType {
    const known = this.#types.get(typeUrl);
    if (known) return known;
    if (this.#types.size >= maxTypes) throw new XdsLimitError(`more than ${maxTypes} types`);
    const { nonce, now, onStaleNonce, maxSubscriptions = defaultMaxSubscriptions } = this.#options;
    const type = new SotwType({ typeUrl, nonce, now, onStaleNonce, maxSubscriptions });
    if (this.#resources) type.setTarget(resourcesOf(this.#resources, typeUrl));
    this.#types.set(typeUrl, type);
    return type;
  }
}
