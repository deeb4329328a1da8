import { writeFileSync } from 'node:fs';
import { createRegistry, fromJson, type DescMessage, type JsonObject } from '@bufbuild/protobuf';
import { Client, credentials } from '@grpc/grpc-js';
import { createClient, GrpcServer, insecureServer } from '@malla/grpc';
import { createLogger, startService, type RunningService } from '@malla/observability';
import { encodeResource, typeUrlOf, typeUrls, type EncodedResource } from '@malla/protos';
import { ClusterSchema } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterLoadAssignmentSchema } from '@malla/protos/gen/envoy/config/endpoint/v3/endpoint_pb';
import { ListenerSchema } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { RouteConfigurationSchema } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import { RouterSchema } from '@malla/protos/gen/envoy/extensions/filters/http/router/v3/router_pb';
import { HttpConnectionManagerSchema } from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { TrustBundleService } from '@malla/protos/gen/malla/ca/v1/ca_pb';
import { FakeAuthority, FakeDiscovery, TemporaryFolder, waitFor } from '@malla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { proxyAgent } from './service.ts';
import type { agentSettings } from './settings/agent-settings.ts';

const host = 'echo.default.svc.cluster.local:9080';
const ads = { ads: {}, resourceApiVersion: 'V3' };
const extensions = createRegistry(HttpConnectionManagerSchema, RouterSchema);
const logger = createLogger({ service: 'test', level: 'silent' });

let folder: TemporaryFolder;
let authority: FakeAuthority;
let discovery: FakeDiscovery;
let agent: RunningService<typeof agentSettings>;
let channel: Client;
const servers: GrpcServer[] = [];

/** A gRPC service whose answer says which version it is. */
async function startVersion(sequence: bigint): Promise<number> {
  const server = new GrpcServer({ name: 'echo', logger }).add(TrustBundleService, {
    getTrustBundle: () => ({ sequence }),
  });
  servers.push(server);
  return server.listen({ host: '127.0.0.1', port: 0, credentials: insecureServer, setting: 'none' });
}

function resource<D extends DescMessage>(schema: D, name: string, json: JsonObject): EncodedResource {
  return encodeResource(schema, name, fromJson(schema, json, { registry: extensions }));
}

function cluster(name: string, portValue: number): EncodedResource[] {
  const address = { socketAddress: { address: '127.0.0.1', portValue } };
  const locality = { locality: { region: 'r' }, loadBalancingWeight: 1, lbEndpoints: [{ endpoint: { address } }] };
  return [
    resource(ClusterSchema, name, { name, type: 'EDS', edsClusterConfig: { edsConfig: ads } }),
    resource(ClusterLoadAssignmentSchema, name, { clusterName: name, endpoints: [locality] }),
  ];
}

function mesh(ports: readonly number[], weights: readonly number[]): EncodedResource[] {
  const manager = {
    '@type': typeUrlOf(HttpConnectionManagerSchema),
    rds: { routeConfigName: host, configSource: ads },
    httpFilters: [{ name: 'router', typedConfig: { '@type': typeUrlOf(RouterSchema) } }],
  };
  const clusters = weights.map((weight, index) => ({ name: `v${index}`, weight }));
  const route = { match: { prefix: '' }, route: { weightedClusters: { clusters } } };
  return [
    resource(ListenerSchema, host, { name: host, apiListener: { apiListener: manager } }),
    resource(RouteConfigurationSchema, host, { name: host, virtualHosts: [{ domains: [host], routes: [route] }] }),
    ...ports.flatMap((port, index) => cluster(`v${index}`, port)),
  ];
}

beforeEach(async () => {
  folder = new TemporaryFolder('agent-');
  authority = await FakeAuthority.create();
  await authority.start();
  discovery = new FakeDiscovery(authority);
  await discovery.start();
  writeFileSync(folder.join('root.pem'), authority.rootPem);
  writeFileSync(folder.join('token'), 'a-token');
  const env = {
    MALLA_WORKLOAD_NAME: 'client-1',
    MALLA_DATA_PLANE: 'grpc',
    MALLA_DISCOVERY_ADDRESS: `127.0.0.1:${discovery.port}`,
    MALLA_CA_ADDRESS: `127.0.0.1:${authority.port}`,
    MALLA_CA_ROOT_FILE: folder.join('root.pem'),
    MALLA_TOKEN_FILE: folder.join('token'),
    MALLA_STATE_DIR: folder.join('state'),
    MALLA_HTTP_PORT: '0',
    MALLA_LOG_LEVEL: 'silent',
  };
  agent = await startService(proxyAgent('0'), { env, argv: [] });
});

afterEach(async () => {
  // Other specs share this process, and hand its environment to gRPC clients of their own.
  delete process.env['GRPC_XDS_BOOTSTRAP'];
  channel.close();
  await agent.close();
  await Promise.all([discovery.stop(), authority.stop(), ...servers.splice(0).map((server) => server.close(100))]);
  folder[Symbol.dispose]();
});

describe('the agent with a gRPC xDS client', () => {
  it('routes calls by weight, and follows a change of the weights', async () => {
    const ports = await Promise.all([startVersion(0n), startVersion(1n)]);
    discovery.set(mesh(ports, [90, 10]));
    // Read once, when the first channel is made.
    process.env['GRPC_XDS_BOOTSTRAP'] = folder.join('state', 'grpc-bootstrap.json');
    const { register } = await import('@grpc/grpc-js-xds');
    register();
    channel = new Client(`xds:///${host}`, credentials.createInsecure());
    const echo = createClient(TrustBundleService, channel);
    const share = async (calls: number): Promise<number> => {
      const answers = await Promise.all(
        Array.from({ length: calls }, () => echo.getTrustBundle({}, { waitForReady: true })),
      );
      return answers.filter(({ sequence }) => sequence === 1n).length / calls;
    };
    const first = await share(400);
    expect(first).toBeGreaterThan(0.04);
    expect(first).toBeLessThan(0.18);
    const types = [typeUrls.listener, typeUrls.route, typeUrls.cluster, typeUrls.endpoint];
    await waitFor(() => types.every((typeUrl) => discovery.inStep(typeUrl)), {
      what: 'ACKs of all types',
    });
    discovery.set(mesh(ports, [0, 100]));
    await waitFor(async () => (await share(20)) === 1, { what: 'the new weights' });
    expect(discovery.workload).toMatchObject({ name: 'client-1', mutualTls: false });
  });
});

describe("the agent's pages", () => {
  it('show versions, not secrets, and let only this host steer', async () => {
    channel = new Client('unused', credentials.createInsecure());
    const post = (path: string, headers = {}) => fetch(`${agent.httpUrl}${path}`, { method: 'POST', headers });
    const config = await (await fetch(`${agent.httpUrl}/config`)).text();
    expect(JSON.parse(config)).toMatchObject({
      identity: { spiffeId: 'spiffe://cluster.local/ns/default/sa/default' },
    });
    expect(config).not.toContain('PRIVATE');
    expect((await post('/drain', { origin: 'http://evil.example' })).status).toBe(403);
    await waitFor(() => discovery.events.at(-1)?.kind === 'registered', {
      what: 'the registration',
    });
    expect((await post('/drain')).status).toBe(200);
    expect(discovery.events.at(-1)).toEqual({ kind: 'deregistered' });
  });
});
