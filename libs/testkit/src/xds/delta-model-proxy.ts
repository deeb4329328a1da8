import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { typeUrls, type EncodedResource } from '@malla/protos';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { DeltaSession, type XdsResponse } from '@malla/xds';
import { ModelProxy } from './model-proxy.ts';

const { endpoint, route } = typeUrls;

/** A model proxy that speaks the delta protocol. */
export class DeltaModelProxy extends ModelProxy {
  session!: DeltaSession;
  #nonce = 0;
  readonly #names = new Map<string, Set<string>>();

  update() {
    return this.session.update(this.target);
  }

  protected newSession(): void {
    this.#names.clear();
    this.session = new DeltaSession({ nonce: () => String(++this.#nonce), now: () => 0, maxResponseBytes: 200 });
  }

  protected open(typeUrl: string) {
    const held = [...this.of(typeUrl)].map(([name, { version }]) => [name, version] as const);
    const names = this.wanted(typeUrl);
    this.#names.set(typeUrl, new Set(names));
    return this.#send({ typeUrl, resourceNamesSubscribe: names, initialResourceVersions: Object.fromEntries(held) });
  }

  protected answer({ typeUrl, nonce }: XdsResponse, refusal?: string) {
    return this.#send({ typeUrl, responseNonce: nonce, ...(refusal && { errorDetail: { message: refusal } }) });
  }

  protected subscribe(typeUrl: string, names: readonly string[]) {
    const before = this.#names.get(typeUrl) ?? new Set();
    this.#names.set(typeUrl, new Set(names));
    const resourceNamesSubscribe = names.filter((name) => !before.has(name));
    const resourceNamesUnsubscribe = [...before].filter((name) => !names.includes(name));
    if (resourceNamesSubscribe.length + resourceNamesUnsubscribe.length === 0) return [];
    return this.#send({ typeUrl, resourceNamesSubscribe, resourceNamesUnsubscribe });
  }

  protected decode({ bytes, typeUrl }: XdsResponse) {
    const response = fromBinary(DeltaDiscoveryResponseSchema, bytes);
    const names = this.#names.get(typeUrl);
    const wanted = (name: string) => (typeUrl !== endpoint && typeUrl !== route) || names?.has(name);
    return {
      // What was unsubscribed meanwhile is dropped, as Envoy does.
      resources: response.resources
        .filter(({ name }) => wanted(name))
        .map(({ name, version, resource }) => ({ name, version, typeUrl, any: resource }) as EncodedResource),
      removed: response.removedResources,
    };
  }

  protected checksNews(): boolean {
    return true;
  }

  #send(request: MessageInitShape<typeof DeltaDiscoveryRequestSchema>) {
    return this.session.receive(create(DeltaDiscoveryRequestSchema, request));
  }
}
