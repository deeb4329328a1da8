import { create } from '@bufbuild/protobuf';
import { typeUrls } from '@malla/protos';
import {
  DiscoveryRequestSchema,
  type DiscoveryRequest,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import type { Gate, Knowledge } from './gate.ts';

interface SotwGateType {
  names: ReadonlySet<string>;
  /** The newest request, as long as it asks for something that is not known. */
  held: DiscoveryRequest | undefined;
  /** Names that the session was asked for last. */
  asked: number;
  /** The session has had a request of this type. */
  passed: boolean;
}

/**
 * The gate of a state-of-the-world stream. Only clusters and listeners need it: their responses carry everything, so what is missing
 * counts as gone. A response of another type may carry a part, and its session is silent on what it does not have.
 */
export class SotwGate implements Gate<DiscoveryRequest> {
  readonly #known: Knowledge;
  readonly #types = new Map<string, SotwGateType>();
  #revision = 0;

  constructor(known: Knowledge) {
    this.#known = known;
  }

  get revision(): number {
    return this.#revision;
  }

  admit(request: DiscoveryRequest): DiscoveryRequest | undefined {
    const type = this.#type(request.typeUrl);
    const names = new Set(request.resourceNames.filter((name) => name !== '*'));
    if (!sameNames(names, type.names)) this.#revision++;
    type.names = names;
    const whole = request.typeUrl === typeUrls.cluster || request.typeUrl === typeUrls.listener;
    if (!whole || this.#allKnown(request)) return this.#pass(type, request);
    type.held = request;
    const resourceNames = this.#knownNames(request);
    // Without names a first request would mean everything.
    if (!type.passed && resourceNames.length === 0) return undefined;
    type.asked = resourceNames.length;
    type.passed = true;
    return { ...request, resourceNames };
  }

  release(): readonly DiscoveryRequest[] {
    return [...this.#types.values()].flatMap((type) => this.#releaseType(type));
  }

  names(typeUrl: string): ReadonlySet<string> {
    return this.#types.get(typeUrl)?.names ?? new Set();
  }

  #releaseType(type: SotwGateType): DiscoveryRequest[] {
    const { held, passed } = type;
    if (held === undefined) return [];
    // Without a nonce it changes the subscription and acknowledges nothing.
    const bare = create(DiscoveryRequestSchema, { typeUrl: held.typeUrl, resourceNames: held.resourceNames });
    if (this.#allKnown(held)) return [this.#pass(type, passed ? bare : held)];
    const resourceNames = this.#knownNames(held);
    if (resourceNames.length <= (passed ? type.asked : 0)) return [];
    type.asked = resourceNames.length;
    type.passed = true;
    return [{ ...(passed ? bare : held), resourceNames }];
  }

  #pass(type: SotwGateType, request: DiscoveryRequest): DiscoveryRequest {
    type.held = undefined;
    type.passed = true;
    type.asked = request.resourceNames.length;
    return request;
  }

  #allKnown({ typeUrl, resourceNames }: DiscoveryRequest): boolean {
    if (resourceNames.length === 0 || resourceNames.includes('*')) return this.#known.type(typeUrl);
    return resourceNames.every((name) => this.#known.name(typeUrl, name));
  }

  #knownNames({ typeUrl, resourceNames }: DiscoveryRequest): string[] {
    return resourceNames.filter((name) => name !== '*' && this.#known.name(typeUrl, name));
  }

  #type(typeUrl: string): SotwGateType {
    const known = this.#types.get(typeUrl);
    if (known !== undefined) return known;
    const type: SotwGateType = { names: new Set(), held: undefined, asked: 0, passed: false };
    this.#types.set(typeUrl, type);
    return type;
  }
}

function sameNames(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((name) => b.has(name));
}
