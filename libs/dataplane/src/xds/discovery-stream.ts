import { typeUrls } from '@malla/protos';
import type { Node } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type { LastingStreamHandler } from '../grpc/lasting-stream.ts';
import type { GrpcStatus } from '../grpc/grpc-status.ts';
import { createAdsClient, type AdsClient } from './ads-client.ts';
import { kindOf, type Kind, type Refusal } from './accepted.ts';

/** What a stream of discovery does with what it gets. */
export interface SubscriptionOwner {
  /** All that is told of a kind now, after a response. Gives what is refused, once workers have applied the rest. */
  apply(kind: Kind, client: AdsClient, absent: readonly string[]): Promise<readonly Refusal[]>;
  onConnected(): void;
  onDown(status: GrpcStatus): void;
  /** Something that should not be: by default a type that was not asked for, or a fault of this program. */
  onProblem(text: string, level?: 'warning' | 'error'): void;
}

export interface DiscoveryStreamParams {
  readonly client: AdsClient;
  readonly owner: SubscriptionOwner;
  readonly send: (messages: readonly Uint8Array[]) => void;
}

/**
 * One stream of discovery: takes responses one after the other, and answers each when all workers have applied it. A response that was not taken when
 * the stream ended is not answered.
 */
export class DiscoveryStream implements LastingStreamHandler {
  readonly #params: DiscoveryStreamParams;
  #queue: Promise<void> = Promise.resolve();
  #generation = 0;
  #answered = false;

  constructor(params: DiscoveryStreamParams) {
    this.#params = params;
  }

  get client(): AdsClient {
    return this.#params.client;
  }

  onOpen(): readonly Uint8Array[] {
    this.#generation++;
    this.#answered = false;
    return this.#params.client.connect();
  }

  onMessage(message: Uint8Array): void {
    if (!this.#answered) {
      this.#answered = true;
      this.#params.owner.onConnected();
    }
    const generation = this.#generation;
    this.#queue = this.#queue.then(() => this.#take(message, generation));
  }

  onDown(status: GrpcStatus): void {
    this.#generation++;
    this.#params.client.disconnect();
    this.#params.owner.onDown(status);
  }

  async #take(message: Uint8Array, generation: number): Promise<void> {
    if (generation !== this.#generation) return;
    const { client, owner } = this.#params;
    try {
      const { typeUrl, absent, requests } = client.receive(message);
      const kind = kindOf(typeUrl);
      if (kind === undefined) throw new Error(`discovery sent ${typeUrl}, which was not asked for`);
      if (requests.length > 0) this.#send(requests, generation);
      this.#send(await this.#verdict(kind, absent), generation);
    } catch (error) {
      owner.onProblem(textOf(error));
    }
  }

  /** A fault of this program refuses the response too: discovery must not take it for accepted, nor wait for ever. */
  async #verdict(kind: Kind, absent: readonly string[]): Promise<readonly Uint8Array[]> {
    const { client, owner } = this.#params;
    try {
      return answer(client, kind, await owner.apply(kind, client, absent));
    } catch (error) {
      owner.onProblem(textOf(error));
      const all = [...client.resources(typeUrls[kind])].map(([name, { version }]) => [name, version]);
      return client.refuse(typeUrls[kind], 'internal error of the data plane', Object.fromEntries(all));
    }
  }

  #send(messages: readonly Uint8Array[], generation: number): void {
    if (generation === this.#generation) this.#params.send(messages);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function answer(client: AdsClient, kind: Kind, refusals: readonly Refusal[]): readonly Uint8Array[] {
  const typeUrl = typeUrls[kind];
  if (refusals.length === 0) return client.acknowledge(typeUrl);
  const versions = Object.fromEntries(refusals.map(({ name, version }) => [name, version]));
  // Others of the same response are in place: what is refused goes back, and the rest is acknowledged with the next response.
  return client.refuse(typeUrl, refusalText(kind, refusals), versions);
}

/** Envoy's words, by which agents and discovery know the resources. */
export function refusalText(kind: Kind, refusals: readonly Refusal[]): string {
  const texts = refusals.map(({ name, message }) => `${name}: ${message}`);
  if (kind === 'cluster') return `Error adding/updating cluster(s) ${texts.join(', ')}`;
  if (kind === 'listener') return `Error adding/updating listener(s) ${texts.map((text) => `${text}\n`).join('')}`;
  return texts.join('\n');
}

/** A client of one cluster's secret discovery service. */
export function createSecretClient(node: Node): AdsClient {
  return createAdsClient({ node, variant: 'sotw', subscriptions: [[typeUrls.secret, []]] });
}
