import { connect as connectHttp2, createServer as createHttp2Server, type Http2Server } from 'node:http2';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { Emitter } from '@malla/emit';
import { IstioMetricsPage } from '@malla/envoy-admin';
import {
  blockAllName,
  formatPeerMetadata,
  meshSni,
  outboundClusterName,
  peerMetadataVariable,
  type ListenerIr,
  type MetricsIr,
  type OutboundIr,
  type PeerMetadata,
  type Protocol,
} from '@malla/ir';
import type { HTTPAccessLogEntry } from '@malla/protos/gen/envoy/data/accesslog/v3/accesslog_pb';
import type { ResourceSet } from '@malla/xds';
import { TestEnvoy } from '../envoy/test-envoy.ts';
import { workloadSecrets } from '../envoy/workload-secrets.ts';
import {
  sampleDestination,
  sampleEndpoint,
  sampleEndpoints,
  sampleForward,
  sampleHost,
  sampleInboundPort,
  sampleOutbound,
  sampleProxy,
  sampleRoute,
  sampleRouteConfig,
} from '../ir/sample-ir.ts';
import { EchoServer } from '../network/echo-server.ts';
import { freePorts } from '../network/free-ports.ts';
import { TestPki } from '../pki/test-pki.ts';
import type { ProxyProgram } from '../programs/proxy-programs.ts';

const identity = 'spiffe://cluster.local/ns/default/sa/caller';
const at = (port: number) => ({ address: '127.0.0.1', port });

/** What the proxy of {@link MetricsWorld} says of itself. */
export const caller: PeerMetadata = {
  workload: 'caller-v1',
  namespace: 'default',
  app: 'caller',
  version: 'v1',
  canonicalService: 'caller',
  canonicalRevision: 'v1',
  cluster: 'Kubernetes',
};

/** The services, by protocol. */
const services: readonly { readonly name: string; readonly port: number; readonly protocol: Protocol }[] = [
  { name: 'web', port: 9080, protocol: 'http' },
  { name: 'words', port: 9090, protocol: 'grpc' },
  { name: 'store', port: 9100, protocol: 'tcp' },
];

/**
 * One proxy that is caller and callee: its outbound listeners lead, over mutual TLS, to its own inbound ones, behind which there are an HTTP, a gRPC and a
 * TCP application.
 */
export class MetricsWorld implements AsyncDisposable {
  readonly #proxy: TestEnvoy;
  readonly #web = new EchoServer({ version: 'v1' });
  readonly #words: Http2Server = wordServer();
  readonly #store: Server = createServer((socket) => void socket.pipe(socket).on('error', () => socket.destroy()));
  readonly #page = new IstioMetricsPage({ local: localLabels(caller), maxLabelSets: 100 });
  readonly #metrics: MetricsIr | undefined;
  /** By service name, of outbound and inbound listeners; `refused` takes requests to hosts that nobody serves. */
  #out: Readonly<Record<string, number>> = {};
  #in: Readonly<Record<string, number>> = {};

  private constructor(proxy: TestEnvoy, metrics: MetricsIr | undefined) {
    this.#proxy = proxy;
    this.#metrics = metrics;
  }

  /** @param metrics what is otherwise with the metrics of all listeners; default: nothing */
  static async start({ command, name }: ProxyProgram, metrics?: MetricsIr): Promise<MetricsWorld> {
    const pki = await TestPki.create();
    const world = new MetricsWorld(
      new TestEnvoy({
        binary: command,
        proxy: { ...sampleProxy('caller'), dataPlane: name },
        xds: 'delta',
        secrets: workloadSecrets(await pki.issue(identity), pki.rootPem),
        environment: { [peerMetadataVariable]: formatPeerMetadata(caller) },
      }),
      metrics,
    );
    await world.#web.start();
    for (const server of [world.#words, world.#store])
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const names = [...services.map((service) => service.name), 'refused'];
    const ports = await freePorts(2 * names.length);
    world.#out = Object.fromEntries(names.map((each, index) => [each, ports[index] as number]));
    world.#in = Object.fromEntries(names.map((each, index) => [each, ports[names.length + index] as number]));
    await world.#proxy.start(world.#resources(name));
    return world;
  }

  /** A request through both sides of the proxy. */
  async get(service: 'web' | 'refused', headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.#out[service]}/`, { headers });
  }

  /** A request straight to the callee's side, without mutual TLS. */
  async getFromOutside(headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.#in['web']}/`, { headers });
  }

  /** A gRPC call of so many messages; as many come back, then status 0, or 14 for `Fail`. */
  async callGrpc(messages: number, method: 'Echo' | 'Fail' = 'Echo'): Promise<string> {
    const session = connectHttp2(`http://127.0.0.1:${this.#out['words']}`);
    try {
      const stream = session.request({
        ':method': 'POST',
        ':path': `/malla.test.Words/${method}`,
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      const status = new Promise<string>((resolve, reject) => {
        stream.on('trailers', (trailers) => resolve(String(trailers['grpc-status'])));
        stream.on('error', reject);
      });
      for (let i = 0; i < messages; i++) stream.write(frame);
      stream.end();
      stream.resume();
      return await status;
    } finally {
      session.close();
    }
  }

  /** Sends bytes over TCP, gets them back, and closes. */
  async exchangeTcp(bytes: number): Promise<void> {
    const socket = connect(this.#out['store'] as number, '127.0.0.1');
    await new Promise<void>((resolve, reject) => {
      let received = 0;
      socket.on('error', reject);
      socket.on('data', (chunk) => (received += chunk.length) === bytes && socket.end());
      socket.on('close', () => resolve());
      socket.write(Buffer.alloc(bytes, 1));
    });
  }

  /** What the proxy told of requests so far, by both of its logs. */
  get accessLog(): readonly HTTPAccessLogEntry[] {
    return this.#proxy.agent.accessLog;
  }

  /** Metrics as an agent serves them. */
  async page(): Promise<string> {
    return this.#page.complete(await this.#proxy.admin('/stats/prometheus'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#proxy[Symbol.asyncDispose]();
    await this.#web[Symbol.asyncDispose]();
    this.#words.close();
    this.#store.close();
  }

  #resources(dataPlane: ProxyProgram['name']): ResourceSet {
    const telemetry = this.#metrics && { metrics: this.#metrics, accessLogs: [], origins: [] };
    const listeners = services
      .flatMap((service) => this.#listenersOf(service))
      .map((listener) => (telemetry === undefined ? listener : { ...listener, telemetry }));
    const refused: ListenerIr = {
      kind: 'outbound-http',
      name: 'refused',
      bind: at(this.#out['refused'] as number),
      bindToPort: true,
      routeConfig: 'refused',
    };
    const passthrough = { mutualTls: 'disable' as const, authorization: { deny: [] } };
    return new Emitter().emit({
      outbound: this.#outbound(),
      inbound: { ports: [], passthrough, trustDomains: [] },
      listeners: [...listeners, refused],
      dataPlane,
      trustDomain: 'cluster.local',
    });
  }

  #outbound(): OutboundIr {
    const sample = sampleOutbound([]);
    const clusterOf = ({ name, port }: (typeof services)[number]) => outboundClusterName(port, '', sampleHost(name));
    const http = services.filter(({ protocol }) => protocol !== 'tcp');
    return {
      ...sample,
      destinations: services.map(({ name, port, protocol }) =>
        sampleDestination(name, port, {
          protocol,
          tls: { kind: 'auto', sni: meshSni(port, '', sampleHost(name)), subjectAltNames: [identity] },
        }),
      ),
      endpoints: services.map((service) =>
        sampleEndpoints(clusterOf(service), [
          sampleEndpoint(at(this.#in[service.name] as number), { mutualTls: true, workload: workloadOf(service.name) }),
        ]),
      ),
      routeConfigs: [
        ...http.map((service) =>
          sampleRouteConfig(service.name, service.port, [sampleRoute(sampleForward({ [clusterOf(service)]: 1 }))]),
        ),
        {
          name: 'refused',
          virtualHosts: [
            {
              name: blockAllName,
              domains: ['*'],
              routes: [sampleRoute({ kind: 'direct-response', status: 502, body: '' })],
            },
          ],
        },
      ],
    };
  }

  #listenersOf({ name, port, protocol }: (typeof services)[number]): ListenerIr[] {
    const cluster = outboundClusterName(port, '', sampleHost(name));
    const bind = at(this.#out[name] as number);
    const outbound = { name: `out-${name}`, bind, bindToPort: true };
    return [
      protocol === 'tcp'
        ? { ...outbound, kind: 'outbound-tcp', cluster }
        : { ...outbound, kind: 'outbound-http', routeConfig: `${sampleHost(name)}:${port}` },
      {
        kind: 'inbound',
        name: `in-${name}`,
        bind: at(this.#in[name] as number),
        forwardTo: at(this.#applicationPort(name)),
        port: sampleInboundPort(port, {
          protocol,
          mutualTls: 'permissive',
          service: { host: sampleHost(name), name, namespace: 'default' },
        }),
        trustDomains: ['cluster.local'],
      },
    ];
  }

  #applicationPort(name: string): number {
    if (name === 'web') return this.#web.port;
    return ((name === 'words' ? this.#words : this.#store).address() as AddressInfo).port;
  }
}

function workloadOf(service: string) {
  return {
    name: `${service}-v1`,
    namespace: 'default',
    canonicalService: service,
    revision: 'v1',
    cluster: 'Kubernetes',
  };
}

/** A message with one byte. */
const frame = Buffer.from([0, 0, 0, 0, 1, 7]);

/** Answers each gRPC call with what it got. */
function wordServer(): Http2Server {
  return createHttp2Server().on('stream', (stream, { ':path': path }) => {
    stream.on('error', () => stream.destroy());
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': path?.endsWith('/Fail') ? '14' : '0' }));
    stream.pipe(stream);
  });
}

function localLabels(own: PeerMetadata) {
  const { workload, namespace, app, version, canonicalService, canonicalRevision, cluster } = own;
  const labels = {
    workload,
    workload_namespace: namespace,
    app,
    version,
    canonical_service: canonicalService,
    canonical_revision: canonicalRevision,
    cluster,
  };
  const prefixed = (role: string) =>
    Object.fromEntries(Object.entries(labels).map(([key, value]) => [`${role}_${key}`, value]));
  return { source: prefixed('source'), destination: prefixed('destination') };
}
