import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Emitter } from '@malla/emit';
import { GrpcServer, HealthService, insecureServer } from '@malla/grpc';
import type { Proxy } from '@malla/ir';
import type { KnownResource } from '@malla/model';
import { createLogger } from '@malla/observability';
import { bind, layoutOf, Resolver } from '@malla/resolve';
import { applyChanges, emptySnapshot, scopeOf, viewOf, type MeshWorkload } from '@malla/snapshot';
import { XdsServer } from '../envoy/xds-server.ts';

const program = fileURLToPath(new URL('./xds-caller.ts', import.meta.url));
const target = 'greeter.default.svc.cluster.local:9090';

const proxy: Proxy = {
  id: 'caller.default',
  role: 'sidecar',
  dataPlane: 'grpc',
  namespace: 'default',
  serviceAccount: 'caller',
  workload: 'caller',
  labels: {},
  cluster: 'local',
  network: '',
  locality: '',
  version: '0.1.0',
  features: [],
  interception: { mode: 'NONE', outbound: [], inbound: [] },
};

function workload(version: string, port: number): MeshWorkload {
  return {
    name: `greeter-${version}`,
    namespace: 'default',
    serviceAccount: 'greeter',
    labels: { app: 'greeter', version },
    addresses: ['127.0.0.1'],
    ports: { grpc: port },
    network: '',
    locality: '',
    cluster: 'local',
    weight: 1,
    mutualTls: false,
    healthy: true,
  };
}

function resources(weights: { v1: number; v2: number }): readonly KnownResource[] {
  const metadata = { name: 'greeter', namespace: 'default' };
  const networking = 'networking.istio.io/v1';
  const to = (subset: 'v1' | 'v2') => ({ destination: { host: 'greeter', subset }, weight: weights[subset] });
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: { app: 'greeter' }, ports: [{ name: 'grpc', port: 9090 }] },
    },
    {
      apiVersion: networking,
      kind: 'DestinationRule',
      metadata,
      spec: { host: 'greeter', subsets: ['v1', 'v2'].map((version) => ({ name: version, labels: { version } })) },
    },
    {
      apiVersion: networking,
      kind: 'VirtualService',
      metadata,
      spec: { hosts: ['greeter'], http: [{ route: [to('v1'), to('v2')] }] },
    },
  ];
}

/** What discovery would send to this client. */
function configuration(weights: { v1: number; v2: number }, ports: { v1: number; v2: number }) {
  const workloads = { upserts: [workload('v1', ports.v1), workload('v2', ports.v2)] };
  const snapshot = applyChanges(emptySnapshot(), { upserts: resources(weights), workloads });
  const resolver = new Resolver();
  const outbound = resolver.outbound(viewOf(snapshot, scopeOf(snapshot, proxy)), layoutOf(proxy));
  const inbound = resolver.inbound(snapshot, proxy);
  const listeners = bind({ outbound, inbound, proxy });
  return new Emitter().emit({ outbound, inbound, listeners, dataPlane: 'grpc', trustDomain: 'cluster.local' });
}

/** Runs the client program; gives the number of calls that each port answered. */
async function callThroughXds(xdsPort: number, calls: number): Promise<Readonly<Record<string, number>>> {
  const bootstrap = {
    xds_servers: [
      { server_uri: `127.0.0.1:${xdsPort}`, channel_creds: [{ type: 'insecure' }], server_features: ['xds_v3'] },
    ],
    node: { id: proxy.id, locality: {} },
  };
  const env = { ...process.env, GRPC_XDS_BOOTSTRAP_CONFIG: JSON.stringify(bootstrap) };
  const { stdout } = await promisify(execFile)(process.execPath, [program, `xds:///${target}`, String(calls)], {
    env,
    timeout: 100_000,
  });
  return JSON.parse(stdout) as Record<string, number>;
}

describe('a gRPC client with xDS support', () => {
  const logger = createLogger({ service: 'testkit', level: 'silent' });
  let servers: readonly GrpcServer[];
  let xds: XdsServer;
  let ports: { v1: number; v2: number };

  beforeEach(async () => {
    xds = await new XdsServer().start({ kind: 'loopback' });
    const start = async () => {
      const server = new GrpcServer({ name: 'greeter', logger }).add(HealthService, { check: () => ({}) });
      return {
        server,
        port: await server.listen({ host: '127.0.0.1', port: 0, credentials: insecureServer, setting: 'none' }),
      };
    };
    const [v1, v2] = [await start(), await start()];
    servers = [v1.server, v2.server];
    ports = { v1: v1.port, v2: v2.port };
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.close(100)));
    await xds[Symbol.asyncDispose]();
  });

  it('splits its calls by the weights of a VirtualService', async () => {
    xds.publish(configuration({ v1: 80, v2: 20 }, ports));
    const answered = await callThroughXds(xds.port, 300);
    const share = (answered[`127.0.0.1:${ports.v2}`] ?? 0) / 300;
    // 300 calls at 20 %: five standard deviations are 11.5 percentage points.
    expect(Math.abs(share - 0.2)).toBeLessThan(0.115);
    expect((answered[`127.0.0.1:${ports.v1}`] ?? 0) + (answered[`127.0.0.1:${ports.v2}`] ?? 0)).toBe(300);
    expect(xds.nacks).toEqual([]);
    expect(xds.sent.sotw).toBeGreaterThan(0);
  });

  it('sends nothing to a destination without weight', async () => {
    xds.publish(configuration({ v1: 0, v2: 1 }, ports));
    expect(await callThroughXds(xds.port, 20)).toEqual({ [`127.0.0.1:${ports.v2}`]: 20 });
  });
});
