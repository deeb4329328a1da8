import { connect, createServer, type Server, type Socket } from 'node:net';
import { meshSni, outboundClusterName, type AuthorizationIr, type ListenerIr, type Protocol } from '@malla/ir';
import {
  EchoServer,
  findEnvoy,
  freePorts,
  sampleDestination,
  sampleEndpoint,
  sampleEndpoints,
  sampleHost,
  sampleInboundPort,
  sampleOutbound,
  sampleProxy,
  TestEnvoy,
  TestPki,
  waitFor,
  workloadSecrets,
} from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Emitter } from './emitter.ts';

const identity = 'spiffe://cluster.local/ns/default/sa/caller';
const at = (port: number) => ({ address: '127.0.0.1', port });

/** A TCP server that greets with a line and then echoes. */
class Greeter implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('data', (data) => socket.write(`hello ${data.toString()}`));
    });
  }

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as { port: number }).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** What comes back for a line; undefined when the connection is closed without an answer. */
function say(port: number, line: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(line));
    socket.on('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(undefined));
  });
}

/** Denies callers of a namespace, and GET requests of anybody, which TCP takes for everything of them. */
function denyNamespace(namespace: string): AuthorizationIr {
  const from = {
    attribute: { kind: 'namespace' as const },
    anyOf: [{ kind: 'exact' as const, value: namespace }],
    negated: false,
  };
  const get = {
    attribute: { kind: 'method' as const },
    anyOf: [{ kind: 'exact' as const, value: 'GET' }],
    negated: false,
  };
  const origin = { kind: 'AuthorizationPolicy', namespace: 'default', name: 'deny' };
  return { deny: [{ origin, rules: [{ from: [[from]], to: [[get]], when: [] }] }] };
}

const binary = findEnvoy();

describe.skipIf(binary === undefined)('protocols through a real Envoy, over mutual TLS', () => {
  const emitter = new Emitter();
  const http2 = new EchoServer({ version: 'h2', http2: true });
  const greeter = new Greeter();
  let greeterPort = 0;
  let ports: readonly number[] = [];
  let envoy: TestEnvoy;

  beforeAll(async () => {
    await http2.start();
    greeterPort = await greeter.start();
    ports = await freePorts(4);
    const pki = await TestPki.create();
    const secrets = workloadSecrets(await pki.issue(identity), pki.rootPem);
    envoy = new TestEnvoy({ binary: binary as string, proxy: sampleProxy('caller'), xds: 'delta', secrets });
    await envoy.start(resources({ deny: [] }));
  });
  afterAll(async () => {
    await envoy[Symbol.asyncDispose]();
    await http2[Symbol.asyncDispose]();
    await greeter[Symbol.asyncDispose]();
  });

  /** Services `web` (HTTP/2) and `db` (TCP), each behind this Envoy's own strict inbound listener. */
  function resources(authorization: AuthorizationIr) {
    const [webOut, webIn, dbOut, dbIn] = ports as [number, number, number, number];
    const service = (name: string, port: number, protocol: Protocol, inbound: number) => {
      const tls = { kind: 'auto' as const, sni: meshSni(port, '', sampleHost(name)), subjectAltNames: [identity] };
      const cluster = outboundClusterName(port, '', sampleHost(name));
      return {
        destination: sampleDestination(name, port, { protocol, tls }),
        endpoints: sampleEndpoints(cluster, [sampleEndpoint(at(inbound), { mutualTls: true })]),
      };
    };
    const web = service('web', 80, 'http2', webIn);
    const db = service('db', 3306, 'tcp', dbIn);
    const inbound = (
      name: string,
      port: number,
      targetPort: number,
      protocol: Protocol,
      forwardTo: number,
    ): ListenerIr => ({
      kind: 'inbound',
      name,
      bind: at(port),
      forwardTo: at(forwardTo),
      port: sampleInboundPort(targetPort, { protocol, mutualTls: 'strict', authorization }),
      trustDomains: ['cluster.local'],
    });
    const listeners: ListenerIr[] = [
      {
        kind: 'outbound-http',
        name: 'web',
        bind: at(webOut),
        bindToPort: true,
        routeConfig: `${sampleHost('web')}:80`,
      },
      { kind: 'outbound-tcp', name: 'db', bind: at(dbOut), bindToPort: true, cluster: db.destination.name },
      inbound('web-in', webIn, 8080, 'http2', http2.port),
      inbound('db-in', dbIn, 3306, 'tcp', greeterPort),
    ];
    const sample = sampleOutbound([{ name: 'web', port: 80, endpoints: [] }]);
    const outbound = {
      ...sample,
      destinations: [web.destination, db.destination],
      endpoints: [web.endpoints, db.endpoints],
    };
    const passthrough = { mutualTls: 'disable' as const, authorization: { deny: [] } };
    const half = { ports: [], passthrough, trustDomains: [] };
    return emitter.emit({ outbound, inbound: half, listeners, dataPlane: 'envoy', trustDomain: 'cluster.local' });
  }

  it('speaks HTTP/2 to a service of that protocol, whatever the caller speaks', async () => {
    const [webOut] = ports as [number];
    const seen = await waitFor(
      async () => {
        const response = await fetch(`http://127.0.0.1:${webOut}/`);
        return response.status === 200 && ((await response.json()) as { protocol: string });
      },
      { what: 'a request' },
    );
    expect(seen.protocol).toBe('2.0');
  });

  it('passes bytes of a TCP service, and counts its connections', async () => {
    const dbOut = ports[2] as number;
    await waitFor(async () => (await say(dbOut, 'you')) === 'hello you', { what: 'an answer' });
    const metrics = await waitFor(
      async () => {
        const lines = (await envoy.admin('/stats/prometheus')).split('\n').filter((line) => line.includes('_tcp_'));
        return lines.some((line) => line.startsWith('envoy_istio_tcp_connections_closed_total{')) && lines;
      },
      { what: 'metrics' },
    );
    const of = (name: string, ...parts: string[]) =>
      metrics.some((line) => line.startsWith(`envoy_istio_${name}{`) && parts.every((part) => line.includes(part)));
    expect(of('tcp_connections_opened_total', 'reporter="source"', 'destination_service_name="db"')).toBe(true);
    expect(of('tcp_sent_bytes_total', 'reporter="destination"', `source_principal="${identity}"`)).toBe(true);
    expect(of('tcp_received_bytes_total', 'connection_security_policy="mutual_tls"')).toBe(true);
  });

  it('closes connections that a policy denies', async () => {
    const dbOut = ports[2] as number;
    await envoy.update(resources(denyNamespace('default')));
    await waitFor(async () => (await say(dbOut, 'you')) === undefined, { what: 'the denial' });
    await envoy.update(resources(denyNamespace('other')));
    await waitFor(async () => (await say(dbOut, 'you')) === 'hello you', { what: 'an answer' });
  });
});
