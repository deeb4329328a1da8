import type { ClusterConfig, Metadata } from '@malla/proxy-config';
import type { UpstreamFacts } from '../../access-log/log-facts.ts';
import type { SocketEnd, TlsInfo } from '../../runtime/connection.ts';
import type { ClusterRuntime } from '../../runtime/upstream.ts';
import { endOf } from '../../transport/socket-end.ts';
import type { UpstreamAttempt } from './upstream-attempt.ts';

/** A forwarded request, as far as its log entry tells of it. */
interface Forwarded {
  readonly cluster: ClusterRuntime;
  readonly attempt: UpstreamAttempt | undefined;
  readonly attempts: number;
}

/** What access logs can tell of the upstream half. */
export class ForwardedFacts implements UpstreamFacts {
  readonly #forwarded: Forwarded;

  constructor(forwarded: Forwarded) {
    this.#forwarded = forwarded;
  }

  get config(): ClusterConfig {
    return this.#forwarded.cluster.config;
  }

  get cluster(): string {
    return this.#forwarded.cluster.name;
  }

  get hostMetadata(): Metadata | undefined {
    return this.#forwarded.attempt?.host.endpoint.metadata;
  }

  get hostEnd(): SocketEnd | undefined {
    const { attempt } = this.#forwarded;
    return attempt === undefined ? undefined : (attempt.connection?.remote ?? endOf(attempt.host.endpoint.address));
  }

  get remoteEnd(): SocketEnd | undefined {
    return this.#forwarded.attempt?.connection?.remote;
  }

  get local(): SocketEnd | undefined {
    return this.#forwarded.attempt?.connection?.local;
  }

  get tls(): TlsInfo | undefined {
    return this.#forwarded.attempt?.connection?.tls;
  }

  get transportFailure(): string {
    return this.#forwarded.attempt?.transportFailure ?? '';
  }

  get attempts(): number {
    return this.#forwarded.attempts;
  }
}
