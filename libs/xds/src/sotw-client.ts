import { create } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { Any } from '@bufbuild/protobuf/wkt';
import { typeUrls, type EncodedResource } from '@malla/protos';
import type { Node } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import {
  DiscoveryRequestSchema,
  type DiscoveryRequest,
  type DiscoveryResponse,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { StatusSchema } from '@malla/protos/gen/google/rpc/status_pb';
import type { ResourcesByName, ResourceSet } from './resource-set.ts';

/** What a client of the state-of-the-world variant is made of. */
export interface SotwClientParams {
  /** Sent with the first request of each stream. */
  readonly node: Node;
  /** Types to subscribe to, in this order, with their first names; `*` is everything of the type. Without names a type is not asked for. */
  readonly subscriptions: readonly (readonly [typeUrl: string, names: readonly string[]])[];
}

interface ClientType {
  names: readonly string[];
  /** Of the last response that was acknowledged as a whole. */
  acceptedVersion: string;
  /** Of the last response of the stream; empty before the first. */
  nonce: string;
  heldVersion: string | undefined;
  resources: ResourcesByName;
  /** What was acknowledged, by name: a refusal goes back to it. */
  good: ResourcesByName;
}

const invalidArgument = 3;
/** Types of which a response has everything: what it has not is gone. Source: the xDS protocol, "resource deletion". */
const wholeTypes: readonly string[] = [typeUrls.cluster, typeUrls.listener];

/** The client's side of a state-of-the-world ADS stream, for a proxy. Keeps what was received over reconnects. */
export class SotwClient {
  readonly #params: SotwClientParams;
  readonly #types = new Map<string, ClientType>();
  #connected = false;
  #toldNode = false;

  constructor(params: SotwClientParams) {
    this.#params = params;
    for (const [typeUrl, names] of params.subscriptions)
      this.#types.set(typeUrl, {
        names,
        acceptedVersion: '',
        nonce: '',
        heldVersion: undefined,
        resources: new Map(),
        good: new Map(),
      });
  }

  /** What was received so far, without what was refused. */
  get resources(): ResourceSet {
    return new Map([...this.#types].map(([typeUrl, { resources }]) => [typeUrl, resources]));
  }

  /** A stream is open: gives its first requests. */
  connect(): readonly DiscoveryRequest[] {
    this.#connected = true;
    this.#toldNode = false;
    for (const type of this.#types.values()) {
      type.nonce = '';
      type.heldVersion = undefined;
    }
    return [...this.#types].filter(([, { names }]) => names.length > 0).map(([typeUrl]) => this.#request(typeUrl));
  }

  disconnect(): void {
    this.#connected = false;
  }

  /** Changes the names of a type; gives the requests to write. What is not wanted any more is forgotten. */
  subscribe(typeUrl: string, names: readonly string[]): readonly DiscoveryRequest[] {
    const type = this.#type(typeUrl);
    if (names.length === type.names.length && names.every((name) => type.names.includes(name))) return [];
    type.names = names;
    if (!names.includes('*')) {
      const wanted = new Set(names);
      const only = (all: ResourcesByName) => new Map([...all].filter(([name]) => wanted.has(name)));
      type.resources = only(type.resources);
      type.good = only(type.good);
    }
    return this.#connected ? [this.#request(typeUrl)] : [];
  }

  /** Takes a response, which waits for `acknowledge` or `refuse`. */
  receive(response: DiscoveryResponse): void {
    const type = this.#type(response.typeUrl);
    type.nonce = response.nonce;
    type.heldVersion = response.versionInfo;
    const incoming = new Map(
      response.resources.map((any) => {
        const name = nameOf(any);
        return [name, sameOr(type.resources.get(name), any, response.versionInfo, name)] as const;
      }),
    );
    if (wholeTypes.includes(response.typeUrl)) type.resources = incoming;
    else type.resources = new Map([...type.resources, ...incoming]);
  }

  acknowledge(typeUrl: string): readonly DiscoveryRequest[] {
    const type = this.#type(typeUrl);
    if (type.heldVersion === undefined) return [];
    type.acceptedVersion = type.heldVersion;
    type.heldVersion = undefined;
    type.good = type.resources;
    return [this.#request(typeUrl)];
  }

  /** Refuses the held response; the named resources are again what they were, the others stay. */
  refuse(typeUrl: string, message: string, refused: Readonly<Record<string, string>>): readonly DiscoveryRequest[] {
    const type = this.#type(typeUrl);
    const resources = new Map(type.resources);
    for (const name of Object.keys(refused)) {
      const good = type.good.get(name);
      if (good === undefined) resources.delete(name);
      else resources.set(name, good);
    }
    type.resources = resources;
    type.good = resources;
    if (type.heldVersion === undefined) return [];
    type.heldVersion = undefined;
    const request = this.#request(typeUrl);
    request.errorDetail = create(StatusSchema, { code: invalidArgument, message });
    return [request];
  }

  #request(typeUrl: string): DiscoveryRequest {
    const { names, acceptedVersion, nonce } = this.#type(typeUrl);
    const first = !this.#toldNode;
    this.#toldNode = true;
    return create(DiscoveryRequestSchema, {
      ...(first && { node: this.#params.node }),
      typeUrl,
      versionInfo: acceptedVersion,
      responseNonce: nonce,
      resourceNames: names.includes('*') ? [] : [...names],
    });
  }

  #type(typeUrl: string): ClientType {
    const type = this.#types.get(typeUrl);
    if (!type) throw new Error(`not subscribed to ${typeUrl}`);
    return type;
  }
}

/** The same object for the same bytes: what was made of it stays valid. */
function sameOr(old: EncodedResource | undefined, any: Any, version: string, name: string): EncodedResource {
  if (old !== undefined && equal(old.any.value, any.value)) return old;
  return { name, version, typeUrl: any.typeUrl, any };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** Every type of resource has its name in field 1 (of endpoints: the cluster's). */
function nameOf(any: Any): string {
  const reader = new BinaryReader(any.value);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === 1) return reader.string();
    reader.skip(wire);
  }
  return '';
}
