import type { DescMessage } from '@bufbuild/protobuf';
import { GrpcServer, insecureServer, type DuplexStream } from '@malla/grpc';
import { createLogger } from '@malla/observability';
import type { EncodedResource } from '@malla/protos';
import { typeUrls } from '@malla/protos';
import type { HTTPAccessLogEntry } from '@malla/protos/gen/envoy/data/accesslog/v3/accesslog_pb';
import { AccessLogService } from '@malla/protos/gen/envoy/service/accesslog/v3/als_pb';
import { Authorization } from '@malla/protos/gen/envoy/service/auth/v3/external_auth_pb';
import { AggregatedDiscoveryService } from '@malla/protos/gen/envoy/service/discovery/v3/ads_pb';
import { RateLimitService } from '@malla/protos/gen/envoy/service/ratelimit/v3/rls_pb';
import { SecretDiscoveryService } from '@malla/protos/gen/envoy/service/secret/v3/sds_pb';
import { DeltaSession, SotwSession, type Nack, type ResourceSet, type XdsResponse, type XdsSession } from '@malla/xds';
import { Decisions } from '../decisions/decisions.ts';
import { keyHandlers, limitHandlers } from '../decisions/decision-services.ts';
import { waitFor } from '../wait-for.ts';

/** Where a test's xDS server listens: as agents do, or on loopback for gRPC clients. */
export type XdsServerPlace = { readonly kind: 'unix'; readonly path: string } | { readonly kind: 'loopback' };

/** An open ADS stream. */
interface OpenStream {
  readonly kind: 'delta' | 'sotw';
  readonly session: Pick<XdsSession<never>, 'state' | 'delivery' | 'update'>;
  readonly send: (response: XdsResponse) => void;
  /** Ends it from the server's side. */
  readonly end: () => void;
}

/**
 * What a proxy's agent is to it, for tests: ADS in both variants from `@malla/xds`, secrets of its own, and a sink for access logs. It
 * knows which resources the proxy acknowledged.
 */
export class XdsServer implements AsyncDisposable {
  readonly #server: GrpcServer;
  readonly #streams = new Set<OpenStream>();
  readonly #secrets: ResourceSet;
  #resources: ResourceSet = new Map();
  #nonce = 0;
  /** Port, when it listens on loopback. */
  port = 0;
  /** Everything that any client refused since the start. */
  readonly nacks: Nack[] = [];
  /** What the proxy logged of HTTP requests; it sends every second. */
  accessLog: HTTPAccessLogEntry[] = [];
  /** What the proxy is told when it asks about limits and API keys. */
  decisions = new Decisions();
  /** Responses that were sent, by the stream's variant. */
  readonly sent = { delta: 0, sotw: 0 };
  /** The responses themselves, oldest first. */
  readonly responses: XdsResponse[] = [];

  /** @param secrets the workload's own certificate and the mesh's roots, as SDS resources */
  constructor(secrets: readonly EncodedResource[] = []) {
    this.#secrets = new Map([[typeUrls.secret, new Map(secrets.map((secret) => [secret.name, secret]))]]);
    this.#server = new GrpcServer({
      name: 'the test agent',
      logger: createLogger({ service: 'testkit', level: 'silent' }),
    })
      .add(AggregatedDiscoveryService, {
        deltaAggregatedResources: (stream) => this.#serve(stream, 'delta', new DeltaSession(this.#options())),
        streamAggregatedResources: (stream) => this.#serve(stream, 'sotw', new SotwSession(this.#options())),
      })
      .add(SecretDiscoveryService, {
        streamSecrets: (stream) => this.#serveSecrets(stream, new SotwSession(this.#options())),
        deltaSecrets: (stream) => this.#serveSecrets(stream, new DeltaSession(this.#options())),
      })
      .add(AccessLogService, {
        streamAccessLogs: async (stream) => {
          for await (const { logEntries } of stream.requests) {
            if (logEntries.case === 'httpLogs') this.accessLog.push(...logEntries.value.logEntry);
          }
          return {};
        },
      })
      .add(
        RateLimitService,
        limitHandlers(() => this.decisions),
      )
      .add(
        Authorization,
        keyHandlers(() => this.decisions),
      );
  }

  async start(place: XdsServerPlace): Promise<this> {
    if (place.kind === 'unix') await this.#server.listenUnix({ path: place.path, credentials: insecureServer });
    else
      this.port = await this.#server.listen({
        host: '127.0.0.1',
        port: 0,
        credentials: insecureServer,
        setting: 'none',
      });
    return this;
  }

  /** Gives every client these resources from now on. */
  publish(resources: ResourceSet): void {
    this.#resources = resources;
    for (const stream of this.#streams) for (const response of stream.session.update(resources)) stream.send(response);
  }

  /** Ends every stream, as a server that goes away; clients come back with what they have. */
  breakStreams(): void {
    for (const stream of this.#streams) stream.end();
    this.#streams.clear();
  }

  /** Resolves when a client is connected and has acknowledged all that it should have. @throws Error when it refused something */
  async settled(): Promise<void> {
    await waitFor(
      () => {
        this.#collectNacks();
        if (this.nacks.length > 0) return true;
        return this.#streams.size > 0 && [...this.#streams].every((stream) => isSettled(stream));
      },
      { what: 'the proxy to acknowledge its configuration', intervalMs: 4 },
    );
    const [refused] = this.nacks;
    if (refused !== undefined) throw new Error(`the proxy refused ${refused.resources.join(', ')}: ${refused.message}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.close(100);
  }

  #options() {
    return { nonce: () => String(++this.#nonce), now: () => Date.now() };
  }

  async #serve<R, I extends DescMessage>(
    stream: DuplexStream<I, DescMessage>,
    kind: OpenStream['kind'],
    session: XdsSession<R>,
  ): Promise<void> {
    const send = (response: XdsResponse): void => {
      this.sent[kind] += 1;
      this.responses.push(response);
      stream.send(response.bytes);
    };
    const ended = Promise.withResolvers<void>();
    const open: OpenStream = { kind, session, send, end: ended.resolve };
    this.#streams.add(open);
    try {
      for (const response of session.update(this.#resources)) send(response);
      await Promise.race([ended.promise, this.#takeRequests(stream, session, send)]);
    } finally {
      this.#streams.delete(open);
    }
  }

  async #takeRequests<R, I extends DescMessage>(
    stream: DuplexStream<I, DescMessage>,
    session: XdsSession<R>,
    send: OpenStream['send'],
  ): Promise<void> {
    for await (const request of stream.requests) for (const response of session.receive(request as R)) send(response);
  }

  async #serveSecrets<R, I extends DescMessage>(
    stream: DuplexStream<I, DescMessage>,
    session: XdsSession<R>,
  ): Promise<void> {
    session.update(this.#secrets);
    for await (const request of stream.requests)
      for (const response of session.receive(request as R)) stream.send(response.bytes);
  }

  #collectNacks(): void {
    for (const { session } of this.#streams) {
      for (const { nack } of session.delivery().values())
        if (nack !== undefined && !this.nacks.includes(nack)) this.nacks.push(nack);
    }
  }
}

function isSettled({ session }: OpenStream): boolean {
  const delivery = [...session.delivery().values()];
  return (
    delivery.length >= 2 &&
    session.state === 'idle' &&
    delivery.every((type) => type.ackedVersion === type.wantedVersion)
  );
}
