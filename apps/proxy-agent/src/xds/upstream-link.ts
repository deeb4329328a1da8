import { Backoff, createClient, openChannel, sleep, type Channel } from '@malla/grpc';
import { MallaError } from '@malla/model';
import { logFields } from '@malla/observability';
import { AggregatedDiscoveryService } from '@malla/protos/gen/envoy/service/discovery/v3/ads_pb';
import type {
  DeltaDiscoveryRequest,
  DeltaDiscoveryResponse,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { formatHostPort, type HostPort } from '@malla/settings';
import type { ChannelCredentials } from '@grpc/grpc-js';
import type { Logger } from 'pino';

/** What uses the stream to discovery. */
export interface UpstreamUser {
  connected(send: (request: DeltaDiscoveryRequest) => void): void;
  receive(response: DeltaDiscoveryResponse): void;
  disconnected(): void;
}

export interface UpstreamLinkParams {
  readonly addresses: readonly HostPort[];
  readonly credentials: () => ChannelCredentials;
  readonly user: UpstreamUser;
  readonly logger: Logger;
  /** 0 to 1. */
  readonly random: () => number;
  /** Told of each change: connected, or why not. */
  readonly onState: (problem: string | undefined) => void;
  /** Counts broken streams: those that had brought something, and those that never did. */
  readonly onBroken: (brought: boolean) => void;
}

/**
 * Keeps one delta ADS stream to discovery. Replicas are tried in turn from one at random, so that agents spread over them; between
 * tries it waits with a jittered back-off, which begins anew once a stream has brought something.
 */
export class UpstreamLink {
  readonly #params: UpstreamLinkParams;
  readonly #stopped = new AbortController();
  readonly #backoff: Backoff;
  #turn: number;
  #channel: Channel | undefined;
  #running: Promise<void> | undefined;
  #connected = false;

  constructor(params: UpstreamLinkParams) {
    this.#params = params;
    this.#turn = Math.floor(params.random() * params.addresses.length);
    this.#backoff = new Backoff({ initialMs: 200, maxMs: 5_000, random: params.random });
  }

  /** The connection to the present replica, for other calls to discovery. */
  get channel(): Channel {
    this.#channel ??= openChannel({ target: this.#address, credentials: this.#params.credentials() });
    return this.#channel;
  }

  /** There is a stream, and it has brought something. */
  get connected(): boolean {
    return this.#connected;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Ends the stream and the connection. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
    this.#channel?.close();
  }

  get #address(): HostPort {
    return this.#params.addresses[this.#turn % this.#params.addresses.length] as HostPort;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const reason = await this.#stream();
      const brought = this.#connected;
      this.#connected = false;
      this.#params.user.disconnected();
      if (signal.aborted) return;
      const waitMs = this.#backoff.next();
      const address = formatHostPort(this.#address);
      this.#params.logger.warn(
        { [logFields.address]: address, [logFields.reason]: reason, [logFields.retryInMs]: waitMs },
        'Stream to discovery ended',
      );
      this.#params.onBroken(brought);
      this.#params.onState(reason);
      this.#nextReplica();
      await sleep(waitMs, signal);
    }
  }

  /** @returns why the stream ended */
  async #stream(): Promise<string> {
    const { user, logger, onState } = this.#params;
    const { signal } = this.#stopped;
    try {
      const call = createClient(AggregatedDiscoveryService, this.channel).deltaAggregatedResources({ signal });
      user.connected((request) => void call.send(request));
      let first = true;
      for await (const response of call) {
        if (first) logger.info({ [logFields.address]: formatHostPort(this.#address) }, 'Stream to discovery open');
        if (first) onState(undefined);
        this.#connected = true;
        first = false;
        this.#backoff.reset();
        user.receive(response);
      }
      return 'discovery ended the stream';
    } catch (error) {
      return MallaError.from(error).message;
    }
  }

  /** With one address the channel stays: it reconnects by itself. */
  #nextReplica(): void {
    if (this.#params.addresses.length === 1) return;
    this.#turn++;
    this.#channel?.close();
    this.#channel = undefined;
  }
}
