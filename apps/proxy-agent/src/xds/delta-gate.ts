import { create } from '@bufbuild/protobuf';
import { typeUrls } from '@malla/protos';
import {
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryRequest,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import type { Gate, Knowledge } from './gate.ts';

interface DeltaGateType {
  readonly names: Set<string>;
  /** Subscribed names that the session has not heard of. */
  readonly held: Set<string>;
  /** A first request that waits as a whole, because it asks for everything. */
  first: DeltaDiscoveryRequest | undefined;
  /** The session has had a request of this type. */
  passed: boolean;
  /** What the data plane has from an earlier stream. */
  versions: Record<string, string>;
}

/** The gate of a delta stream. */
export class DeltaGate implements Gate<DeltaDiscoveryRequest> {
  readonly #known: Knowledge;
  readonly #types = new Map<string, DeltaGateType>();
  #revision = 0;

  constructor(known: Knowledge) {
    this.#known = known;
  }

  get revision(): number {
    return this.#revision;
  }

  admit(request: DeltaDiscoveryRequest): DeltaDiscoveryRequest | undefined {
    const { typeUrl } = request;
    const type = this.#type(request);
    if (request.resourceNamesSubscribe.length + request.resourceNamesUnsubscribe.length > 0) this.#revision++;
    for (const name of request.resourceNamesUnsubscribe) {
      type.names.delete(name);
      type.held.delete(name);
    }
    const asked = request.resourceNamesSubscribe.filter((name) => name !== '*');
    for (const name of asked) type.names.add(name);
    if (!type.passed && isWildcard(request) && !this.#known.type(typeUrl)) {
      type.first = request;
      return undefined;
    }
    const unknown = new Set(asked.filter((name) => !this.#known.name(typeUrl, name)));
    for (const name of unknown) type.held.add(name);
    const subscribe = request.resourceNamesSubscribe.filter((name) => !unknown.has(name));
    const nothingLeft =
      subscribe.length === 0 && request.responseNonce === '' && request.resourceNamesUnsubscribe.length === 0;
    // Without names a first request would mean everything.
    if (unknown.size > 0 && nothingLeft) return undefined;
    return this.#pass(type, { ...request, resourceNamesSubscribe: subscribe });
  }

  release(): readonly DeltaDiscoveryRequest[] {
    return [...this.#types].flatMap(([typeUrl, type]) => this.#releaseType(typeUrl, type));
  }

  names(typeUrl: string): ReadonlySet<string> {
    return this.#types.get(typeUrl)?.names ?? new Set();
  }

  #releaseType(typeUrl: string, type: DeltaGateType): DeltaDiscoveryRequest[] {
    if (type.first !== undefined) {
      if (!this.#known.type(typeUrl)) return [];
      const { first } = type;
      type.first = undefined;
      return [this.#pass(type, first)];
    }
    const names = [...type.held].filter((name) => this.#known.name(typeUrl, name));
    if (names.length === 0) return [];
    for (const name of names) type.held.delete(name);
    return [this.#pass(type, create(DeltaDiscoveryRequestSchema, { typeUrl, resourceNamesSubscribe: names }))];
  }

  #pass(type: DeltaGateType, request: DeltaDiscoveryRequest): DeltaDiscoveryRequest {
    if (type.passed) return request;
    type.passed = true;
    return { ...request, initialResourceVersions: type.versions };
  }

  #type(request: DeltaDiscoveryRequest): DeltaGateType {
    const known = this.#types.get(request.typeUrl);
    if (known !== undefined) return known;
    const type: DeltaGateType = {
      names: new Set(),
      held: new Set(),
      first: undefined,
      passed: false,
      versions: request.initialResourceVersions,
    };
    this.#types.set(request.typeUrl, type);
    return type;
  }
}

/** Source: xDS protocol, "How the client specifies what resources to return". */
function isWildcard({ typeUrl, resourceNamesSubscribe }: DeltaDiscoveryRequest): boolean {
  if (resourceNamesSubscribe.includes('*')) return true;
  return resourceNamesSubscribe.length === 0 && (typeUrl === typeUrls.cluster || typeUrl === typeUrls.listener);
}
