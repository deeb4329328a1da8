import { Agent, get } from 'node:http';
import {
  meshSni,
  outboundClusterName,
  type AuthorizationIr,
  type InboundPortIr,
  type ListenerIr,
  type OutboundIr,
} from '@malla/ir';
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
const host = sampleHost('reviews');
const cluster = outboundClusterName(9080, '', host);
const at = (port: number) => ({ address: '127.0.0.1', port });

/** Calls the application through both proxies' listeners, which are one Envoy's. */
interface Call {
  readonly status: number;
  readonly peer: string | undefined;
}

async function call(port: number, path = '/', headers: Record<string, string> = {}): Promise<Call> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
  const body = await response.text();
  const seen = response.status === 200 ? (JSON.parse(body) as { headers: Record<string, string> }).headers : {};
  return { status: response.status, peer: seen['x-forwarded-client-cert'] };
}

const denyAdmin: AuthorizationIr = {
  deny: [
    {
      origin: { kind: 'AuthorizationPolicy', namespace: 'default', name: 'no-admin' },
      rules: [
        {
          from: [],
          to: [[{ attribute: { kind: 'path' }, anyOf: [{ kind: 'prefix', value: '/admin' }], negated: false }]],
          when: [],
        },
      ],
    },
  ],
  allow: [
    {
      origin: { kind: 'AuthorizationPolicy', namespace: 'default', name: 'callers' },
      rules: [
        {
          from: [
            [
              {
                attribute: { kind: 'principal' },
                anyOf: [{ kind: 'suffix', value: '/sa/caller' }],
                negated: false,
              },
              { attribute: { kind: 'namespace' }, anyOf: [{ kind: 'exact', value: 'default' }], negated: false },
            ],
          ],
          to: [[{ attribute: { kind: 'port' }, anyOf: [{ kind: 'exact', value: '9080' }], negated: false }]],
          when: [],
        },
      ],
    },
  ],
};

const binary = findEnvoy();

describe.skipIf(binary === undefined)('traffic through a real Envoy', () => {
  const application = new EchoServer({ version: 'v1' });
  const emitter = new Emitter();
  let envoy: TestEnvoy;
  let out = 0;
  let inbound = 0;

  beforeAll(async () => {
    await application.start();
    [out, inbound] = (await freePorts(2)) as [number, number];
    const pki = await TestPki.create();
    const secrets = workloadSecrets(await pki.issue(identity), pki.rootPem);
    const proxy = sampleProxy('caller');
    envoy = new TestEnvoy({ binary: binary as string, proxy, xds: 'delta', secrets });
    await envoy.start(resources({}, true));
  });
  afterAll(async () => {
    await envoy[Symbol.asyncDispose]();
    await application[Symbol.asyncDispose]();
  });

  /** One service whose only endpoint is this Envoy's own inbound listener. */
  function resources(port: Partial<InboundPortIr>, mutualTls: boolean) {
    const sample = sampleOutbound([{ name: 'reviews', port: 9080, endpoints: [] }]);
    const tls = { kind: 'auto' as const, sni: meshSni(9080, '', host), subjectAltNames: [identity] };
    const outbound: OutboundIr = {
      ...sample,
      destinations: [sampleDestination('reviews', 9080, { tls })],
      endpoints: [sampleEndpoints(cluster, [sampleEndpoint(at(inbound), { mutualTls })])],
    };
    const listeners: ListenerIr[] = [
      { kind: 'outbound-http', name: 'out', bind: at(out), bindToPort: true, routeConfig: `${host}:9080` },
      {
        kind: 'inbound',
        name: 'in',
        bind: at(inbound),
        forwardTo: at(application.port),
        port: sampleInboundPort(9080, port),
        trustDomains: ['cluster.local'],
      },
    ];
    const passthrough = { mutualTls: 'disable' as const, authorization: { deny: [] } };
    const half = { ports: [], passthrough, trustDomains: [] };
    return emitter.emit({ outbound, inbound: half, listeners, dataPlane: 'envoy', trustDomain: 'cluster.local' });
  }

  const update = (port: Partial<InboundPortIr>, mutualTls: boolean) => envoy.update(resources(port, mutualTls));

  it('authenticates both sides, and tells the callee who calls', async () => {
    await update({ mutualTls: 'strict' }, true);
    await waitFor(async () => (await call(out)).status === 200, { what: 'a request over mutual TLS' });
    expect((await call(out)).peer).toContain(`URI=${identity}`);
    await expect(call(inbound)).rejects.toThrow();
  });

  it('takes mutual TLS and plain text on a permissive port', async () => {
    await update({ mutualTls: 'permissive' }, true);
    await waitFor(async () => (await call(inbound)).status === 200, { what: 'a plain request' });
    expect(
      (await call(inbound, '/', { 'x-forwarded-client-cert': 'URI=spiffe://cluster.local/ns/x/sa/forged' })).peer,
    ).toBeUndefined();
    expect((await call(out)).peer).toContain(`URI=${identity}`);
  });

  it('speaks plain text to endpoints that take no mutual TLS', async () => {
    await update({ mutualTls: 'disable' }, false);
    await waitFor(async () => (await call(out)).status === 200, { what: 'a plain request' });
    expect((await call(out)).peer).toBeUndefined();
  });

  it('enforces DENY before ALLOW, by identity, path and port', async () => {
    await update({ mutualTls: 'permissive', authorization: denyAdmin }, true);
    await waitFor(async () => (await call(out, '/admin?x')).status === 403, { what: 'the denial' });
    expect((await call(out, '/')).status).toBe(200);
    expect((await call(out, '/x?/admin')).status).toBe(200);
    expect((await call(inbound, '/')).status).toBe(403);
  });

  it('enforces a changed policy on the next request of an open connection', async () => {
    await update({ mutualTls: 'permissive', authorization: { deny: [] } }, true);
    await waitFor(async () => (await call(inbound)).status === 200, { what: 'a plain request' });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<unknown>();
    const status = () =>
      new Promise<number>((resolve, reject) => {
        const request = get({ agent, port: inbound, path: '/admin' }, (response) => {
          response.resume().on('end', () => resolve(response.statusCode ?? 0));
        });
        request.on('socket', (socket) => sockets.add(socket)).on('error', reject);
      });
    expect(await status()).toBe(200);
    await update({ mutualTls: 'permissive', authorization: denyAdmin }, true);
    await waitFor(async () => (await status()) === 403, { what: 'the denial' });
    expect(sockets.size).toBe(1);
    agent.destroy();
  });

  it("counts requests under Istio's names and labels", async () => {
    await update({ mutualTls: 'strict' }, true);
    await waitFor(async () => (await call(out)).status === 200, { what: 'a request over mutual TLS' });
    const counters = await waitFor(
      async () => {
        const lines = (await envoy.admin('/stats/prometheus')).split('\n');
        const found = lines.filter((line) => line.startsWith('envoy_istio_requests_total{'));
        return found.some((line) => line.includes('reporter="destination"')) && found;
      },
      { what: 'counters' },
    );
    const source = counters.find((line) => line.includes('reporter="source"') && line.includes('response_code="200"'));
    expect(source).toContain(`destination_service="${host}"`);
    expect(source).toContain('destination_service_name="reviews"');
    expect(source).toContain('destination_service_namespace="default"');
    expect(source).toContain('destination_peer="w;default;w;v1;Kubernetes"');
    expect(source).toContain('request_protocol="http"');
    const secured = counters.find((line) => line.includes('connection_security_policy="mutual_tls"'));
    expect(secured).toContain(`source_principal="${identity}"`);
    expect(secured).toContain(`destination_principal="${identity}"`);
    expect(await envoy.admin('/stats/prometheus')).toContain('envoy_istio_request_duration_milliseconds_bucket{');
  });
});
