import type { BootstrapConfig } from '@malla/proxy-config';
import type { Node } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { LastingStream } from '../grpc/lasting-stream.ts';
import { BackOff } from '../runtime/back-off.ts';
import type { Timers } from '../runtime/services.ts';
import { adsSubscriptions, createAdsClient, type AdsClient } from '../xds/ads-client.ts';
import type { NamedStream } from '../xds/discovery.ts';
import { createSecretClient, DiscoveryStream, type SubscriptionOwner } from '../xds/discovery-stream.ts';
import type { Channels } from './channels.ts';

export interface DiscoveryStreamsParams {
  readonly bootstrap: BootstrapConfig;
  readonly node: Node;
  readonly channels: Channels;
  readonly timers: Timers;
  readonly random: () => number;
}

/** A stream that can be started. */
export interface StartableStream extends NamedStream {
  start(): void;
}

const adsMethods = {
  delta: '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources',
  sotw: '/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources',
} as const;
const sdsMethod = '/envoy.service.secret.v3.SecretDiscoveryService/StreamSecrets';

/** The streams to discovery: ADS, and one of SDS for each cluster that serves secrets. */
export class DiscoveryStreams {
  readonly #params: DiscoveryStreamsParams;
  readonly #secrets = new Map<string, NamedStream | undefined>();
  #owner: SubscriptionOwner | undefined;

  constructor(params: DiscoveryStreamsParams) {
    this.#params = params;
  }

  /** The stream of ADS; undefined when the bootstrap has none. @throws Error when its cluster is not in the bootstrap */
  ads(owner: SubscriptionOwner): StartableStream | undefined {
    this.#owner = owner;
    const { bootstrap, node } = this.#params;
    if (bootstrap.ads === undefined) return undefined;
    const { cluster, variant } = bootstrap.ads;
    const client = createAdsClient({ node, variant, subscriptions: adsSubscriptions });
    const stream = this.#open({ cluster, path: adsMethods[variant], client, owner });
    if (stream === undefined) throw new Error(`Unknown gRPC client cluster '${cluster}'`);
    return stream;
  }

  /** The stream of a cluster that serves secrets; undefined when there is no such cluster. */
  secrets(cluster: string): NamedStream | undefined {
    if (this.#secrets.has(cluster)) return this.#secrets.get(cluster);
    const owner = this.#owner as SubscriptionOwner;
    const client = createSecretClient(this.#params.node);
    // Only ADS tells whether discovery is connected.
    const quiet: SubscriptionOwner = {
      apply: (kind, of, absent) => owner.apply(kind, of, absent),
      onConnected: () => undefined,
      onDown: ({ code, message }) => owner.onProblem(`SDS stream to ${cluster} closed: ${code}, ${message}`, 'warning'),
      onProblem: (text, level) => owner.onProblem(text, level),
    };
    const stream = this.#open({ cluster, path: sdsMethod, client, owner: quiet });
    this.#secrets.set(cluster, stream);
    stream?.start();
    return stream;
  }

  #open(params: {
    readonly cluster: string;
    readonly path: string;
    readonly client: AdsClient;
    readonly owner: SubscriptionOwner;
  }): StartableStream | undefined {
    const { bootstrap, channels, timers, random } = this.#params;
    const channel = channels.get(params.cluster);
    if (channel === undefined) return undefined;
    const { client, owner } = params;
    const handler = new DiscoveryStream({ client, owner, send: (messages) => lasting.send(messages) });
    const lasting = new LastingStream({
      channel,
      authority: params.cluster,
      path: params.path,
      timers,
      backOff: new BackOff({
        baseMs: bootstrap.ads?.backoffBaseMs ?? 500,
        maxMs: bootstrap.ads?.backoffMaxMs ?? 30_000,
        random,
      }),
      handler,
    });
    return { client, send: (messages) => lasting.send(messages), start: () => lasting.start() };
  }
}
