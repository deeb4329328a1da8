import { GrpcServer, serverCredentials, type DuplexStream } from '@malla/grpc';
import { createLogger } from '@malla/observability';
import type { EncodedResource } from '@malla/protos';
import { AggregatedDiscoveryService } from '@malla/protos/gen/envoy/service/discovery/v3/ads_pb';
import type {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import { WorkloadRegistry, type Workload } from '@malla/protos/gen/malla/registry/v1/registry_pb';
import { DeltaSession, type ResourceSet, type TypeDelivery } from '@malla/xds';
import type { FakeAuthority } from './fake-authority.ts';

/** What happened in the registry. */
export type RegistryEvent =
  { readonly kind: 'registered'; readonly healthy: boolean } | { readonly kind: 'deregistered' };

interface OpenStream {
  readonly session: DeltaSession;
  readonly write: (responses: readonly { bytes: Uint8Array }[]) => void;
}

/** Discovery for specs: serves one set of resources to every proxy by delta ADS over mutual TLS, and keeps a registry. */
export class FakeDiscovery {
  /** Where it listens on 127.0.0.1. */
  port = 0;
  /** Lease of registrations in milliseconds. */
  leaseMs = 3_000;
  /** Everything that the registry was told, in order. */
  readonly events: RegistryEvent[] = [];
  /** The workload as registered last. */
  workload: Workload | undefined;
  /** Responses sent so far. */
  responses = 0;
  /** Resources in them. */
  sent: string[] = [];
  readonly #authority: FakeAuthority;
  readonly #streams = new Set<OpenStream>();
  #resources: ResourceSet = new Map();
  #server: GrpcServer | undefined;

  constructor(authority: FakeAuthority) {
    this.#authority = authority;
  }

  /** Replaces what every proxy should have. */
  set(resources: Iterable<EncodedResource>): void {
    const set = new Map<string, Map<string, EncodedResource>>();
    for (const resource of resources) {
      set.set(resource.typeUrl, (set.get(resource.typeUrl) ?? new Map()).set(resource.name, resource));
    }
    this.#resources = set;
    for (const { session, write } of this.#streams) write(session.update(set));
  }

  /** Proxies that are connected. */
  get connected(): number {
    return this.#streams.size;
  }

  /** Delivery of a type to the first connected proxy. */
  delivery(typeUrl: string): TypeDelivery | undefined {
    return [...this.#streams][0]?.session.delivery().get(typeUrl);
  }

  /** The first connected proxy has acknowledged all that it should have of this type. */
  inStep(typeUrl: string): boolean {
    const delivery = this.delivery(typeUrl);
    return delivery !== undefined && delivery.ackedVersion === delivery.wantedVersion;
  }

  async start(): Promise<void> {
    const logger = createLogger({ service: 'fake-discovery', level: 'silent' });
    this.#server = new GrpcServer({ name: 'the fake discovery', logger })
      .add(AggregatedDiscoveryService, { deltaAggregatedResources: (stream) => this.#serve(stream) })
      .add(WorkloadRegistry, {
        register: ({ workload, healthy }) => {
          this.workload = workload;
          this.events.push({ kind: 'registered', healthy });
          return { leaseMs: BigInt(this.leaseMs) };
        },
        deregister: () => {
          this.events.push({ kind: 'deregistered' });
          return {};
        },
      });
    const credentials = serverCredentials(await this.#authority.identityOf('discovery'), 'required');
    this.port = await this.#server.listen({ host: '127.0.0.1', port: this.port, credentials, setting: 'none' });
  }

  async stop(): Promise<void> {
    await this.#server?.close(100);
  }

  async #serve(
    stream: DuplexStream<typeof DeltaDiscoveryRequestSchema, typeof DeltaDiscoveryResponseSchema>,
  ): Promise<void> {
    let nonce = 0;
    const session = new DeltaSession({ nonce: () => String(++nonce), now: Date.now });
    const write: OpenStream['write'] = (responses) => {
      for (const response of responses as ReturnType<DeltaSession['update']>) {
        this.responses++;
        this.sent.push(...response.sent);
        stream.send(response.bytes);
      }
    };
    const open = { session, write };
    this.#streams.add(open);
    write(session.update(this.#resources));
    try {
      for await (const request of stream.requests) write(session.receive(request));
    } finally {
      this.#streams.delete(open);
    }
  }
}
