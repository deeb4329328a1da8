import type { ChannelCredentials } from '@grpc/grpc-js';
import { createClient, openChannel, type Channel } from '@malla/grpc';
import { Authorization } from '@malla/protos/gen/envoy/service/auth/v3/external_auth_pb';
import { RateLimitService } from '@malla/protos/gen/envoy/service/ratelimit/v3/rls_pb';
import type { HostPort } from '@malla/settings';
import type { DecisionClient } from './decision-relay.ts';

/** The agent's connection to policy-telemetry, over mutual TLS: for access logs and for decisions alike. */
export class TelemetryLink {
  readonly #open: () => Channel;
  #channel: Channel | undefined;
  #client: DecisionClient | undefined;

  constructor(address: HostPort, credentials: () => ChannelCredentials) {
    this.#open = () => openChannel({ target: address, credentials: credentials() });
  }

  /** Made when first asked for, which needs an identity. */
  get channel(): Channel {
    this.#channel ??= this.#open();
    return this.#channel;
  }

  get client(): DecisionClient {
    this.#client ??= { ...createClient(RateLimitService, this.channel), ...createClient(Authorization, this.channel) };
    return this.#client;
  }

  close(): void {
    this.#channel?.close();
  }
}
