import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { typeUrls } from '@malla/protos';
import type { Node } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
  type DeltaDiscoveryRequest,
  type DiscoveryRequest,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { DeltaClient, SotwClient, type ResourcesByName } from '@malla/xds';

/** What came by a stream. */
export interface AdsMessage {
  readonly typeUrl: string;
  /** Names that the server says it does not have. */
  readonly absent: readonly string[];
  /** Requests to write at once: a refusal of what was refused before. */
  readonly requests: readonly Uint8Array[];
}

/** Either variant of a client of ADS (or SDS), in bytes. Stream and time are its caller's. */
export interface AdsClient {
  /** Full name of the gRPC method. */
  readonly method: 'delta' | 'sotw';
  connect(): readonly Uint8Array[];
  disconnect(): void;
  subscribe(typeUrl: string, names: readonly string[]): readonly Uint8Array[];
  receive(bytes: Uint8Array): AdsMessage;
  resources(typeUrl: string): ResourcesByName;
  acknowledge(typeUrl: string): readonly Uint8Array[];
  /** @param refused versions by name */
  refuse(typeUrl: string, message: string, refused: Readonly<Record<string, string>>): readonly Uint8Array[];
}

export interface AdsClientParams {
  readonly node: Node;
  readonly variant: 'delta' | 'sotw';
  /** Types that the stream may ask for, in the order of its first requests; `*` is everything. */
  readonly subscriptions: readonly (readonly [typeUrl: string, names: readonly string[]])[];
}

/** Types of an ADS stream; listeners are asked for when clusters are there. */
export const adsSubscriptions: AdsClientParams['subscriptions'] = [
  [typeUrls.cluster, ['*']],
  [typeUrls.endpoint, []],
  [typeUrls.listener, []],
  [typeUrls.route, []],
  [typeUrls.secret, []],
];

export function createAdsClient({ variant, node, subscriptions }: AdsClientParams): AdsClient {
  return variant === 'delta'
    ? new DeltaAds(new DeltaClient({ node, subscriptions }))
    : new SotwAds(new SotwClient({ node, subscriptions }));
}

class DeltaAds implements AdsClient {
  readonly method = 'delta';
  readonly #client: DeltaClient;

  constructor(client: DeltaClient) {
    this.#client = client;
  }

  connect(): readonly Uint8Array[] {
    return this.#client.connect().map(deltaBytes);
  }

  disconnect(): void {
    this.#client.disconnect();
  }

  subscribe(typeUrl: string, names: readonly string[]): readonly Uint8Array[] {
    return this.#client.subscribe(typeUrl, names).map(deltaBytes);
  }

  receive(bytes: Uint8Array): AdsMessage {
    const response = fromBinary(DeltaDiscoveryResponseSchema, bytes);
    const { requests } = this.#client.receive(response);
    return { typeUrl: response.typeUrl, absent: response.removedResources, requests: requests.map(deltaBytes) };
  }

  resources(typeUrl: string): ResourcesByName {
    return this.#client.resources.get(typeUrl) ?? new Map();
  }

  acknowledge(typeUrl: string): readonly Uint8Array[] {
    return this.#client.acknowledge(typeUrl).map(deltaBytes);
  }

  refuse(typeUrl: string, message: string, refused: Readonly<Record<string, string>>): readonly Uint8Array[] {
    return this.#client.refuse(typeUrl, message, refused).requests.map(deltaBytes);
  }
}

class SotwAds implements AdsClient {
  readonly method = 'sotw';
  readonly #client: SotwClient;

  constructor(client: SotwClient) {
    this.#client = client;
  }

  connect(): readonly Uint8Array[] {
    return this.#client.connect().map(sotwBytes);
  }

  disconnect(): void {
    this.#client.disconnect();
  }

  subscribe(typeUrl: string, names: readonly string[]): readonly Uint8Array[] {
    return this.#client.subscribe(typeUrl, names).map(sotwBytes);
  }

  receive(bytes: Uint8Array): AdsMessage {
    const response = fromBinary(DiscoveryResponseSchema, bytes);
    this.#client.receive(response);
    return { typeUrl: response.typeUrl, absent: [], requests: [] };
  }

  resources(typeUrl: string): ResourcesByName {
    return this.#client.resources.get(typeUrl) ?? new Map();
  }

  acknowledge(typeUrl: string): readonly Uint8Array[] {
    return this.#client.acknowledge(typeUrl).map(sotwBytes);
  }

  refuse(typeUrl: string, message: string, refused: Readonly<Record<string, string>>): readonly Uint8Array[] {
    return this.#client.refuse(typeUrl, message, refused).map(sotwBytes);
  }
}

function deltaBytes(request: DeltaDiscoveryRequest): Uint8Array {
  return toBinary(DeltaDiscoveryRequestSchema, request);
}

function sotwBytes(request: DiscoveryRequest): Uint8Array {
  return toBinary(DiscoveryRequestSchema, request);
}
