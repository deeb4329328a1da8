import { create } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import type { EncodedResource } from '@malla/protos';
import type { Node } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import {
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryRequest,
  type DeltaDiscoveryResponse,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { StatusSchema } from '@malla/protos/gen/google/rpc/status_pb';
import { blame } from './blame.ts';
import type { ResourcesByName, ResourceSet } from './resource-set.ts';

/** Where a client's stream is. */
export type DeltaClientState = 'disconnected' | 'subscribed';

/** What a delta client is made of. */
export interface DeltaClientParams {
  /** Sent with the first request of each stream. */
  readonly node: Node;
  /** Types and names to subscribe to, in this order; `*` is everything of the type. */
  readonly subscriptions: readonly (readonly [typeUrl: string, names: readonly string[]])[];
  /** What the client has from before, such as from a cache; the server does not send it again. */
  readonly initial?: ResourceSet;
  /** Says what is wrong with a resource, or undefined when nothing is. A wrong one refuses its response. */
  readonly check?: (resource: EncodedResource) => string | undefined;
}

/** What came of a response. */
export interface Received {
  /** Requests to write now. */
  readonly requests: readonly DeltaDiscoveryRequest[];
  /** The resources of this type are others than before. */
  readonly changed: boolean;
}

/** A response that is neither acknowledged nor refused. */
interface Held {
  readonly nonce: string;
  /** What it brought or took. */
  readonly names: ReadonlySet<string>;
}

/** One type of the stream. */
interface ClientType {
  names: Set<string>;
  resources: ResourcesByName;
  held: Held[];
  /** What a refusal goes back to, by name: what was acknowledged last, or was in place before another version came. */
  readonly good: Map<string, EncodedResource>;
  /** Names whose last response was neither acknowledged nor refused when its stream broke. */
  readonly unconfirmed: Set<string>;
  /** Versions that were refused, with the reason; they are refused again without a further try. */
  readonly refused: Map<string, { readonly version: string; readonly message: string }>;
}

const invalidArgument = 3;

/**
 * The client's side of a delta ADS stream, for a proxy-agent: keeps what was received over reconnects, and holds each
 * response's acknowledgement until the agent knows what its own clients say to it.
 */
export class DeltaClient {
  readonly #params: DeltaClientParams;
  readonly #types = new Map<string, ClientType>();
  #state: DeltaClientState = 'disconnected';
  #resources: ResourceSet;

  constructor(params: DeltaClientParams) {
    this.#params = params;
    for (const [typeUrl, names] of params.subscriptions) {
      const resources = params.initial?.get(typeUrl) ?? new Map<string, EncodedResource>();
      this.#types.set(typeUrl, {
        names: new Set(names),
        resources,
        held: [],
        good: new Map(resources),
        unconfirmed: new Set(),
        refused: new Map(),
      });
    }
    this.#resources = this.#snapshot();
  }

  get state(): DeltaClientState {
    return this.#state;
  }

  /** What was received so far, without what was refused. A new map after each change. */
  get resources(): ResourceSet {
    return this.#resources;
  }

  /**
   * A stream is open: gives its first requests, one per type, with the versions that are here. A type without names is not asked for: a
   * first request without names would mean everything.
   */
  connect(): readonly DeltaDiscoveryRequest[] {
    this.#state = 'subscribed';
    for (const type of this.#types.values()) type.held = [];
    const asked = [...this.#types].filter(([, { names }]) => names.size > 0);
    return asked.map(([typeUrl, type], index) => {
      return create(DeltaDiscoveryRequestSchema, {
        ...(index === 0 && { node: this.#params.node }),
        typeUrl,
        resourceNamesSubscribe: [...type.names],
        initialResourceVersions: Object.fromEntries(
          [...type.resources].map(([name, r]) => [name, type.unconfirmed.has(name) ? '' : r.version]),
        ),
      });
    });
  }

  /**
   * The stream is gone. What is here stays. What was held is claimed without a version on the next stream, so that the server sends it
   * again and hears the verdict after all.
   */
  disconnect(): void {
    this.#state = 'disconnected';
    for (const type of this.#types.values()) {
      for (const name of heldNames(type)) type.unconfirmed.add(name);
      type.held = [];
    }
  }

  /** Changes the names of a type; gives the requests to write. */
  subscribe(typeUrl: string, names: readonly string[]): readonly DeltaDiscoveryRequest[] {
    const type = this.#type(typeUrl);
    const wanted = new Set(names);
    const added = names.filter((name) => !type.names.has(name));
    const removed = [...type.names].filter((name) => !wanted.has(name));
    type.names = wanted;
    if (!wanted.has('*')) this.#keepOnly(typeUrl, type, wanted);
    if (added.length + removed.length === 0 || this.#state === 'disconnected') return [];
    return [
      create(DeltaDiscoveryRequestSchema, {
        typeUrl,
        resourceNamesSubscribe: added,
        resourceNamesUnsubscribe: removed,
      }),
    ];
  }

  /** Takes a response. Its acknowledgement waits for `acknowledge` or `refuse`, unless it is wrong in itself. */
  receive(response: DeltaDiscoveryResponse): Received {
    const type = this.#type(response.typeUrl);
    const incoming = response.resources.map(({ name, version, resource }) => ({
      name,
      version,
      typeUrl: response.typeUrl,
      any: resource ?? create(AnySchema),
    }));
    const problem = incoming.map((resource) => this.#problemOf(type, resource)).find((text) => text !== undefined);
    if (problem !== undefined) return { requests: [nack(response.typeUrl, response.nonce, problem)], changed: false };
    const resources = new Map(type.resources);
    const names = new Set([...response.removedResources, ...incoming.map(({ name }) => name)]);
    for (const name of response.removedResources) resources.delete(name);
    for (const resource of incoming) {
      const old = resources.get(resource.name);
      // The same object for the same content: what was made of it stays valid.
      if (old?.version === resource.version) continue;
      if (old) type.good.set(resource.name, old);
      resources.set(resource.name, resource);
    }
    for (const resource of incoming) {
      type.refused.delete(resource.name);
      type.unconfirmed.delete(resource.name);
    }
    type.held.push({ nonce: response.nonce, names });
    this.#replace(type, resources);
    return { requests: [], changed: names.size > 0 };
  }

  /** Acknowledges every held response of a type. */
  acknowledge(typeUrl: string): readonly DeltaDiscoveryRequest[] {
    const type = this.#type(typeUrl);
    const held = type.held;
    for (const name of heldNames(type)) {
      const resource = type.resources.get(name);
      if (resource) type.good.set(name, resource);
      else type.good.delete(name);
    }
    type.held = [];
    return held.map(({ nonce }) => create(DeltaDiscoveryRequestSchema, { typeUrl, responseNonce: nonce }));
  }

  /**
   * Refuses held responses of a type, in the words of the client that refused: those with one of the refused resources. These resources
   * are again what they were; others in the same responses stay, for the server sends them again. Responses that are not concerned stay
   * held, such as those that brought a newer version meanwhile.
   * @param refused versions that were refused, by name; default: what the message names of what is held, else everything
   */
  refuse(typeUrl: string, message: string, refused?: Readonly<Record<string, string>>): Received {
    const type = this.#type(typeUrl);
    const blamed = refused ? currentNames(type, refused) : new Set(blame(message, heldNames(type)));
    const concerned = type.held.filter(
      ({ names }) => (names.size === 0 && refused === undefined) || [...names].some((name) => blamed.has(name)),
    );
    type.held = type.held.filter((held) => !concerned.includes(held));
    const resources = new Map(type.resources);
    for (const name of concerned.flatMap(({ names }) => [...names]))
      if (blamed.has(name)) goBack(type, resources, name, message);
    if (concerned.length > 0) this.#replace(type, resources);
    const requests = concerned.map(({ nonce }) => nack(typeUrl, nonce, message));
    return { requests, changed: concerned.length > 0 };
  }

  /** Types with responses that wait for `acknowledge` or `refuse`. */
  held(): readonly string[] {
    return [...this.#types].filter(([, type]) => type.held.length > 0).map(([typeUrl]) => typeUrl);
  }

  #problemOf(type: ClientType, resource: EncodedResource): string | undefined {
    const refused = type.refused.get(resource.name);
    if (refused?.version === resource.version) return refused.message;
    const problem = this.#params.check?.(resource);
    return problem === undefined ? undefined : `${resource.name}: ${problem}`;
  }

  #keepOnly(typeUrl: string, type: ClientType, names: ReadonlySet<string>): void {
    const kept = new Map([...type.resources].filter(([name]) => names.has(name)));
    if (kept.size !== type.resources.size) this.#replace(this.#type(typeUrl), kept);
  }

  #replace(type: ClientType, resources: ResourcesByName): void {
    type.resources = resources;
    this.#resources = this.#snapshot();
  }

  #snapshot(): ResourceSet {
    return new Map([...this.#types].map(([typeUrl, type]) => [typeUrl, type.resources]));
  }

  #type(typeUrl: string): ClientType {
    const type = this.#types.get(typeUrl);
    if (!type) throw new Error(`not subscribed to ${typeUrl}`);
    return type;
  }
}

/** Names that are still in the version that was refused. */
function currentNames(type: ClientType, refused: Readonly<Record<string, string>>): Set<string> {
  const names = Object.keys(refused);
  return new Set(names.filter((name) => type.resources.get(name)?.version === refused[name]));
}

/** Takes a refused resource out, and what was good in its place. */
function goBack(type: ClientType, resources: Map<string, EncodedResource>, name: string, message: string): void {
  const wrong = resources.get(name);
  if (!wrong) return;
  type.refused.set(name, { version: wrong.version, message });
  const good = type.good.get(name);
  if (good && good.version !== wrong.version) resources.set(name, good);
  else resources.delete(name);
}

function heldNames(type: ClientType): string[] {
  return type.held.flatMap(({ names }) => [...names]);
}

function nack(typeUrl: string, responseNonce: string, message: string): DeltaDiscoveryRequest {
  const errorDetail = create(StatusSchema, { code: invalidArgument, message });
  return create(DeltaDiscoveryRequestSchema, { typeUrl, responseNonce, errorDetail });
}
