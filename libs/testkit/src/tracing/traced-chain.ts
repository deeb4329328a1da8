import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Emitter } from '@malla/emit';
import { traceEnvironment, type Proxy } from '@malla/ir';
import type { KnownResource } from '@malla/model';
import { bind, layoutOf, Resolver } from '@malla/resolve';
import { applyChanges, emptySnapshot, scopeOf, viewOf, type MeshSnapshot, type MeshWorkload } from '@malla/snapshot';
import { TestEnvoy, type TestEnvoyParams } from '../envoy/test-envoy.ts';
import { workloadSecrets } from '../envoy/workload-secrets.ts';
import { freePorts } from '../network/free-ports.ts';
import { TestPki } from '../pki/test-pki.ts';

/** Each calls the next one. */
const names = ['productpage', 'reviews', 'ratings'] as const;
type Name = (typeof names)[number];

const headersOfTraces = ['x-request-id', 'traceparent', 'tracestate', 'b3'];
const several = ['x-b3-traceid', 'x-b3-spanid', 'x-b3-parentspanid', 'x-b3-sampled', 'x-b3-flags'];

/** Which trace headers the applications pass on. */
export type Propagation = 'all' | 'b3 only';

/** Three applications in a row, each behind a real proxy with mutual TLS, that send their spans to a collector. */
export class TracedChain implements AsyncDisposable {
  readonly #proxies: TestEnvoy[] = [];
  readonly #servers: Server[] = [];
  readonly #ports = new Map<string, number>();
  propagation: Propagation = 'all';

  /** @param collectorPort of a collector on 127.0.0.1 that speaks OTLP by gRPC */
  async start(binary: TestEnvoyParams['binary'], dataPlane: 'envoy' | 'builtin', collectorPort: number): Promise<this> {
    const wanted = names.flatMap((name) => [`${name} in`, `${name} out`]);
    const ports = await freePorts(wanted.length);
    for (const [i, name] of wanted.entries()) this.#ports.set(name, ports[i] as number);
    for (const name of names) await this.#serve(name);
    const pki = await TestPki.create();
    const snapshot = this.#snapshot(collectorPort);
    const [resolver, emitter] = [new Resolver(), new Emitter()];
    const start = async (name: Name): Promise<void> => {
      const proxy = this.#proxy(name, dataPlane);
      const outbound = resolver.outbound(viewOf(snapshot, scopeOf(snapshot, proxy)), layoutOf(proxy));
      const inbound = resolver.inbound(snapshot, proxy);
      const telemetry = resolver.telemetry(snapshot, proxy);
      const listeners = bind({ outbound, inbound, proxy, telemetry });
      const resources = emitter.emit({ outbound, inbound, listeners, dataPlane, trustDomain: 'cluster.local' });
      const certificate = await pki.issue(`spiffe://cluster.local/ns/default/sa/${name}`);
      const envoy = new TestEnvoy({
        binary,
        proxy,
        xds: 'delta',
        secrets: workloadSecrets(certificate, pki.rootPem),
        environment: {
          [traceEnvironment.resource]: `service.name=${name}.default`,
          [traceEnvironment.canonicalService]: name,
        },
      });
      this.#proxies.push(envoy);
      await envoy.start(resources);
      await envoy.update(resources);
    };
    await Promise.all(names.map(start));
    return this;
  }

  /** A request of the first one's application; gives what the applications saw, the first one first. */
  async send(headers: Readonly<Record<string, string>>): Promise<readonly IncomingHttpHeaders[]> {
    const response = await fetch(`http://127.0.0.1:${this.#port('productpage in')}/all`, { headers });
    return (await response.json()) as IncomingHttpHeaders[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
  }

  /** Answers with what it saw, and what those behind it saw. */
  async #serve(name: Name): Promise<void> {
    const next = names[names.indexOf(name) + 1];
    const server = createServer((request, response) => {
      const call = async (): Promise<unknown[]> => {
        if (next === undefined) return [];
        const url = `http://127.0.0.1:${this.#port(`${name} out`)}/${next}`;
        const answer = await fetch(url, { headers: this.#passedOn(request.headers) });
        return (await answer.json()) as unknown[];
      };
      call()
        .then((rest) => response.end(JSON.stringify([request.headers, ...rest])))
        .catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.#servers.push(server);
    this.#ports.set(`${name} app`, (server.address() as AddressInfo).port);
  }

  #passedOn(headers: IncomingHttpHeaders): Record<string, string> {
    const wanted = this.propagation === 'all' ? [...headersOfTraces, ...several] : ['b3', ...several];
    return Object.fromEntries(
      wanted.flatMap((header) => (headers[header] === undefined ? [] : [[header, String(headers[header])]])),
    );
  }

  #port(name: string): number {
    return this.#ports.get(name) as number;
  }

  #snapshot(collectorPort: number): MeshSnapshot {
    const workload = (name: string, port: number, mutualTls: boolean): MeshWorkload => ({
      ...{ name, namespace: 'default', serviceAccount: name, labels: { app: name }, addresses: ['127.0.0.1'] },
      ...{ ports: { 8080: port }, network: '', locality: '', cluster: '', weight: 1, mutualTls, healthy: true },
    });
    return applyChanges(emptySnapshot(), {
      upserts: [...[...names, 'collector'].map(serviceOf), ...telemetryResources],
      workloads: {
        upserts: [
          ...names.map((name) => workload(name, this.#port(`${name} in`), true)),
          workload('collector', collectorPort, false),
        ],
      },
    });
  }

  #proxy(name: Name, dataPlane: 'envoy' | 'builtin'): Proxy {
    const next = names[names.indexOf(name) + 1];
    const local = (port: number) => ({ address: '127.0.0.1', port });
    return {
      ...{ id: `${name}.default`, role: 'sidecar', dataPlane, namespace: 'default', serviceAccount: name },
      ...{ workload: name, labels: { app: name }, cluster: '', network: '', locality: '', version: '1', features: [] },
      interception: {
        mode: 'NONE',
        outbound:
          next === undefined
            ? []
            : [{ host: `${next}.default.svc.cluster.local`, port: 9080, bind: local(this.#port(`${name} out`)) }],
        inbound: [
          { targetPort: 8080, bind: local(this.#port(`${name} in`)), forwardTo: local(this.#port(`${name} app`)) },
        ],
      },
    };
  }
}

function serviceOf(name: string): KnownResource {
  const [portName, port] = name === 'collector' ? ['grpc', 4317] : ['http', 9080];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: { selector: { app: name }, ports: [{ name: portName, port, targetPort: 8080 }] },
  };
}

/** All requests are traced. */
const telemetryResources: readonly KnownResource[] = [
  {
    apiVersion: 'mesh.istio.io/v1alpha1',
    kind: 'MeshConfig',
    metadata: { name: 'mesh' },
    spec: {
      extensionProviders: [
        { name: 'traces', opentelemetry: { service: 'collector.default.svc.cluster.local', port: 4317 } },
      ],
    },
  },
  {
    apiVersion: 'telemetry.istio.io/v1',
    kind: 'Telemetry',
    metadata: { name: 'mesh', namespace: 'istio-system' },
    spec: { tracing: [{ providers: [{ name: 'traces' }], randomSamplingPercentage: 100 }] },
  },
];
