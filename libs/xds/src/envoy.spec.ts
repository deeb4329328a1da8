import { spawn, type ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fromBinary, type Message } from '@bufbuild/protobuf';
import * as grpc from '@grpc/grpc-js';
import { Emitter, type EmitInput } from '@malla/emit';
import { outboundClusterName, type ListenerIr, type OutboundIr } from '@malla/ir';
import { encodeResource, typeUrls } from '@malla/protos';
import { ListenerSchema } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { AggregatedDiscoveryService } from '@malla/protos/gen/envoy/service/discovery/v3/ads_pb';
import {
  DeltaDiscoveryRequestSchema,
  DiscoveryRequestSchema,
  type DeltaDiscoveryRequest,
  type DiscoveryRequest,
} from '@malla/protos/gen/envoy/service/discovery/v3/discovery_pb';
import {
  EchoServer,
  findEnvoy,
  freePorts,
  sampleDestination,
  sampleEndpoint,
  sampleEndpoints,
  sampleForward,
  sampleHost,
  sampleInboundPort,
  sampleOutbound,
  sampleRoute,
  sampleRouteConfig,
  TemporaryFolder,
  waitFor,
} from '@malla/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DeltaSession } from './delta-session.ts';
import type { ResourceSet } from './resource-set.ts';
import type { XdsResponse, XdsSession } from './session.ts';
import { SotwSession } from './sotw-session.ts';

const envoy = findEnvoy();

type Variant = 'DELTA_GRPC' | 'GRPC';

/** One stream of a real Envoy. */
class Stream {
  readonly session: XdsSession<DeltaDiscoveryRequest> | XdsSession<DiscoveryRequest>;
  readonly responses: XdsResponse[] = [];
  readonly #write: (bytes: Uint8Array) => void;

  constructor(variant: Variant, write: (bytes: Uint8Array) => void) {
    let nonce = 0;
    const options = { nonce: () => String(++nonce), now: () => Date.now() };
    this.session = variant === 'DELTA_GRPC' ? new DeltaSession(options) : new SotwSession(options);
    this.#write = write;
  }

  take(responses: readonly XdsResponse[]): void {
    for (const response of responses) {
      this.responses.push(response);
      this.#write(response.bytes);
    }
  }

  /** Everything wanted is acknowledged. */
  get inStep(): boolean {
    const delivery = this.session.delivery();
    return delivery.size >= 4 && [...delivery.values()].every((d) => d.ackedVersion === d.wantedVersion && !d.nack);
  }

  nacks(): string[] {
    return [...this.session.delivery().values()].flatMap((d) => (d.nack ? [d.nack.message] : []));
  }
}

/** An ADS server of a few lines around the sessions, on loopback. */
class AdsServer implements AsyncDisposable {
  readonly #server = new grpc.Server();
  readonly streams: Stream[] = [];
  #resources: ResourceSet = new Map();

  async start(port: number): Promise<void> {
    const method = (name: string, variant: Variant, decode: (bytes: Uint8Array) => Message) => ({
      definition: {
        path: `/${AggregatedDiscoveryService.typeName}/${name}`,
        requestStream: true,
        responseStream: true,
        requestSerialize: (request: Buffer) => request,
        requestDeserialize: decode,
        responseSerialize: (bytes: Uint8Array) => Buffer.from(bytes),
        responseDeserialize: (bytes: Buffer) => bytes,
      },
      handle: (call: grpc.ServerDuplexStream<Message, Uint8Array>) => this.#serve(call, variant),
    });
    const delta = method('DeltaAggregatedResources', 'DELTA_GRPC', (b) => fromBinary(DeltaDiscoveryRequestSchema, b));
    const sotw = method('StreamAggregatedResources', 'GRPC', (b) => fromBinary(DiscoveryRequestSchema, b));
    this.#server.addService(
      { delta: delta.definition, sotw: sotw.definition } as unknown as grpc.ServiceDefinition,
      { delta: delta.handle, sotw: sotw.handle } as unknown as grpc.UntypedServiceImplementation,
    );
    await new Promise<void>((resolve, reject) => {
      const done = (error: Error | null) => (error ? reject(error) : resolve());
      this.#server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), done);
    });
  }

  update(resources: ResourceSet): void {
    this.#resources = resources;
    for (const stream of this.streams) stream.take(stream.session.update(resources));
  }

  get stream(): Stream {
    return this.streams[this.streams.length - 1] as Stream;
  }

  #serve(call: grpc.ServerDuplexStream<Message, Uint8Array>, variant: Variant): void {
    const stream = new Stream(variant, (bytes) => call.write(bytes));
    stream.session.update(this.#resources);
    this.streams.push(stream);
    call.on('data', (request) => stream.take(stream.session.receive(request as never)));
    call.on('error', () => call.end());
    call.on('end', () => call.end());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown();
  }
}

function bootstrap(variant: Variant, ads: number, admin: number) {
  const cluster = (name: string) => ({
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    typed_extension_protocol_options: {
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
        '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
        explicit_http_config: { http2_protocol_options: {} },
      },
    },
    load_assignment: {
      cluster_name: name,
      endpoints: [
        { lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: ads } } } }] },
      ],
    },
  });
  const byAds = { ads: {}, resource_api_version: 'V3' };
  return {
    node: { id: 'sidecar~1', cluster: 'test' },
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: admin } } },
    dynamic_resources: {
      ads_config: {
        api_type: variant,
        transport_api_version: 'V3',
        grpc_services: [{ envoy_grpc: { cluster_name: 'xds-grpc' } }],
      },
      cds_config: byAds,
      lds_config: byAds,
    },
    static_resources: { clusters: ['xds-grpc', 'sds-grpc', 'malla-als'].map(cluster) },
  };
}

/** The same set with another version of one listener. */
function withOtherStatPrefix(resources: ResourceSet, name: string): ResourceSet {
  const listeners = new Map(resources.get(typeUrls.listener));
  const listener = fromBinary(ListenerSchema, listeners.get(name)?.any.value ?? new Uint8Array());
  listener.statPrefix = 'other';
  listeners.set(name, encodeResource(ListenerSchema, name, listener));
  return new Map([...resources, [typeUrls.listener, listeners]]);
}

describe.skipIf(!envoy)('a real Envoy', () => {
  const processes: ChildProcess[] = [];
  const folders: TemporaryFolder[] = [];
  const v1 = new EchoServer({ version: 'v1' });
  const v2 = new EchoServer({ version: 'v2' });

  beforeAll(async () => {
    await v1.start();
    await v2.start();
  });
  afterEach(() => {
    for (const process of processes.splice(0)) process.kill('SIGKILL');
  });
  afterAll(async () => {
    await v1[Symbol.asyncDispose]();
    await v2[Symbol.asyncDispose]();
    for (const folder of folders) folder[Symbol.dispose]();
  });

  async function startEnvoy(variant: Variant, ads: number, admin: number): Promise<void> {
    const folder = new TemporaryFolder();
    folders.push(folder);
    const config = folder.join('envoy.json');
    await writeFile(config, JSON.stringify(bootstrap(variant, ads, admin)));
    const args = ['-c', config, '--use-dynamic-base-id', '--concurrency', '1', '--log-level', 'warn'];
    processes.push(spawn(envoy as string, args, { stdio: process.env['ENVOY_LOG'] ? 'inherit' : 'ignore' }));
  }

  it.each(['DELTA_GRPC', 'GRPC'] as const)('acknowledges everything and serves traffic over %s', async (variant) => {
    const [ads, admin, out, inbound] = (await freePorts(4)) as [number, number, number, number];
    await using server = new AdsServer();
    await server.start(ads);
    const emitter = new Emitter();
    const listeners: ListenerIr[] = [
      {
        kind: 'outbound-http',
        name: `127.0.0.1_${out}`,
        bind: { address: '127.0.0.1', port: out },
        bindToPort: true,
        routeConfig: `${sampleHost('reviews')}:9080`,
      },
      {
        kind: 'inbound',
        name: `127.0.0.1_${inbound}`,
        bind: { address: '127.0.0.1', port: inbound },
        forwardTo: { address: '127.0.0.1', port: v1.port },
        port: sampleInboundPort(9080),
        trustDomains: ['cluster.local'],
      },
    ];
    const emit = (outbound: OutboundIr) => {
      const half: EmitInput['inbound'] = {
        ports: [],
        passthrough: { mutualTls: 'disable', authorization: { deny: [] } },
        trustDomains: ['cluster.local'],
      };
      return emitter.emit({ outbound, inbound: half, listeners, dataPlane: 'envoy', trustDomain: 'cluster.local' });
    };
    const versionAt = async (port: number) => {
      const response = await fetch(`http://127.0.0.1:${port}/x`);
      return response.status === 200 ? ((await response.json()) as { version: string }).version : `${response.status}`;
    };

    const first = sampleOutbound([
      { name: 'reviews', port: 9080, endpoints: [{ address: '127.0.0.1', port: v1.port }] },
    ]);
    server.update(emit(first));
    await startEnvoy(variant, ads, admin);
    await waitFor(() => server.streams.length > 0 && server.stream.inStep, { what: 'the first configuration' });
    expect(server.stream.nacks()).toEqual([]);
    await waitFor(async () => (await versionAt(out)) === 'v1', { what: 'v1' });
    expect(await versionAt(inbound)).toBe('v1');

    // A new cluster and a route to it: no request may fail while they come.
    const other = outboundClusterName(9080, 'v2', sampleHost('reviews'));
    const second: OutboundIr = {
      ...first,
      destinations: [...first.destinations, sampleDestination('reviews', 9080, { name: other, subset: 'v2' })],
      endpoints: [
        ...first.endpoints,
        sampleEndpoints(other, [sampleEndpoint({ address: '127.0.0.1', port: v2.port })]),
      ],
      routeConfigs: [sampleRouteConfig('reviews', 9080, [sampleRoute(sampleForward({ [other]: 1 }))])],
    };
    const seen: string[] = [];
    const load = (async () => {
      while (seen[seen.length - 1] !== 'v2' && seen.length < 2000) seen.push(await versionAt(out));
    })();
    server.update(emit(second));
    await load;
    await waitFor(() => server.stream.inStep, { what: 'ACKs', timeoutMs: 20_000 });
    expect(new Set(seen)).toEqual(new Set(['v1', 'v2']));

    // A changed cluster gets its endpoints again, so it is warm long before Envoy's 15 s are over.
    const started = Date.now();
    const responsesBefore = server.stream.responses.length;
    server.update(
      emit({
        ...second,
        destinations: [
          ...first.destinations,
          sampleDestination('reviews', 9080, { name: other, subset: 'v2', connectTimeoutMs: 5000 }),
        ],
      }),
    );
    await waitFor(() => server.stream.inStep, { what: 'ACKs', timeoutMs: 20_000 });
    expect(Date.now() - started).toBeLessThan(10_000);
    expect(server.stream.responses.slice(responsesBefore).map((r) => [r.typeUrl, r.sent.includes(other)])).toEqual([
      [typeUrls.cluster, true],
      [typeUrls.endpoint, true],
    ]);
    expect(await versionAt(out)).toBe('v2');

    // A changed listener finds the routes that its predecessor has.
    server.update(withOtherStatPrefix(emit(second), `127.0.0.1_${out}`));
    await waitFor(() => server.stream.inStep, { what: 'ACK of the listener' });
    const dump = await fetch(`http://127.0.0.1:${admin}/config_dump?resource=dynamic_listeners`);
    expect(await dump.text()).not.toContain('warming_state');
    expect(await versionAt(out)).toBe('v2');

    // And back: the cluster goes only after the routes left it.
    server.update(emit(first));
    await waitFor(() => server.stream.inStep && server.stream.session.state === 'idle', { what: 'removal' });
    expect(await versionAt(out)).toBe('v1');
    const last = server.stream.responses[server.stream.responses.length - 1] as XdsResponse;
    expect([last.typeUrl, last.removed]).toEqual([typeUrls.cluster, [other]]);
    expect(server.stream.nacks()).toEqual([]);
  });
});
