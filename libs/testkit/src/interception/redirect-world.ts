import type { MeshOptions } from '@malla/snapshot';
import { TestEnvoy } from '../envoy/test-envoy.ts';
import { workloadSecrets } from '../envoy/workload-secrets.ts';
import type { ProxyProgram } from '../programs/proxy-programs.ts';
import { TestPki } from '../pki/test-pki.ts';
import { capture } from './capture.ts';
import { Hand } from './hand.ts';
import { NetworkNamespace, proxyUser } from './network-namespace.ts';
import { redirectConfiguration } from './redirect-configuration.ts';
import { addresses, redirectProxy, serverPorts, tapePort } from './redirect-mesh.ts';

/** What applications call and serve with, by namespace. */
export interface Hands {
  readonly client: Hand;
  readonly server: Hand;
  /** A peer without a proxy. */
  readonly outside: Hand;
}

/**
 * Three network namespaces on cables of their own: a client and a server, each with interception rules and a proxy as user 1337, and an outside
 * without either. Nothing leaves them.
 *
 *       client ---- server
 *           \        /
 *            outside
 */
export class RedirectWorld implements AsyncDisposable {
  readonly hands: Hands;
  readonly envoys: { readonly client: TestEnvoy; readonly server: TestEnvoy };
  readonly #stack: AsyncDisposableStack;

  private constructor(parts: Pick<RedirectWorld, 'hands' | 'envoys'>, stack: AsyncDisposableStack) {
    this.hands = parts.hands;
    this.envoys = parts.envoys;
    this.#stack = stack;
  }

  /** Starts everything; what was started before a failure is taken down. */
  static async start(binary: ProxyProgram['command']): Promise<RedirectWorld> {
    await using stack = new AsyncDisposableStack();
    const [client, server, outside] = ['client', 'server', 'outside'].map((name) =>
      stack.use(new NetworkNamespace(name)),
    ) as [NetworkNamespace, NetworkNamespace, NetworkNamespace];
    join(client, server, outside);
    const hands = {
      client: stack.use(new Hand(client)),
      server: stack.use(new Hand(server)),
      outside: stack.use(new Hand(outside)),
    };
    await serve(hands);
    const pki = await TestPki.create();
    const proxies = {
      client: testEnvoy(binary, pki, client, 'client'),
      server: testEnvoy(binary, pki, server, 'server'),
    };
    const envoys = { client: stack.use(await proxies.client), server: stack.use(await proxies.server) };
    await Promise.all([
      envoys.client.start(redirectConfiguration('client')),
      envoys.server.start(redirectConfiguration('server')),
    ]);
    for (const namespace of [client, server]) capture(namespace);
    return new RedirectWorld({ hands, envoys }, stack.move());
  }

  /** Gives the client's proxy the configuration of a mesh with these options. */
  async reconfigureClient(options: Partial<MeshOptions>): Promise<void> {
    await this.envoys.client.update(redirectConfiguration('client', options));
  }

  /** Statistics that a proxy has of Istio's metric. */
  async metric(proxy: 'client' | 'server', name: string): Promise<readonly string[]> {
    const all = await this.envoys[proxy].admin('/stats/prometheus');
    return all.split('\n').filter((line) => line.startsWith(`envoy_${name}{`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

function join(client: NetworkNamespace, server: NetworkNamespace, outside: NetworkNamespace): void {
  const ends = (at: { ipv4: string; ipv6: string }) => [`${at.ipv4}/24`, `${at.ipv6}/64`];
  client.join(0, ends(addresses.client), server, ends(addresses.server));
  client.join(1, ['10.201.0.1/24', 'fd00:201::1/64'], outside, ends(addresses.outside));
  server.join(2, ends(addresses.serverToOutside), outside, ['10.202.0.3/24', 'fd00:202::3/64']);
  // Virtual addresses need a way out, though no packet takes it.
  client.routeAllOver(0);
  server.routeAllOver(0);
}

/** The plain applications. */
async function serve({ server, outside }: Hands): Promise<void> {
  const { web, safe, guarded, unnamed, unnamedGuarded, db, guardedTcp, unnamedTcp, chat } = serverPorts;
  const http = [web, safe, guarded, unnamed, unnamedGuarded].map((port) =>
    server.serve({ kind: 'serve-http', address: '::', port, version: port === web ? 'v1' : `port-${port}` }),
  );
  const greeting = 'welcome';
  const first = server.serve({ kind: 'serve-tcp', address: '::', port: chat, version: 'chat', greeting });
  const tcp = [db, guardedTcp, unnamedTcp].map((port) =>
    server.serve({ kind: 'serve-tcp', address: '::', port, version: `port-${port}` }),
  );
  const beyond = [
    outside.serve({ kind: 'serve-http', address: '::', port: web, version: 'v2' }),
    // A port that services of the mesh have as well.
    outside.serve({ kind: 'serve-http', address: '::', port: 80, version: 'outside' }),
    outside.serve({ kind: 'serve-http', address: '::', port: 5000, version: 'outside' }),
    outside.serve({ kind: 'serve-tcp', address: '::', port: 5001, version: 'outside', greeting: 'hello' }),
  ];
  const tape = outside.serve({
    kind: 'serve-tape',
    address: '::',
    port: tapePort,
    to: { address: addresses.serverToOutside.ipv4, port: safe },
  });
  await Promise.all([...http, ...tcp, first, ...beyond, tape]);
}

async function testEnvoy(
  binary: ProxyProgram['command'],
  pki: TestPki,
  namespace: NetworkNamespace,
  who: 'client' | 'server',
): Promise<TestEnvoy> {
  const proxy = redirectProxy(who);
  const certificate = await pki.issue(`spiffe://cluster.local/ns/default/sa/${proxy.serviceAccount}`);
  const secrets = workloadSecrets(certificate, pki.rootPem);
  const place = { user: proxyUser, command: (args: readonly string[]) => namespace.command(args, proxyUser) };
  return new TestEnvoy({ binary, proxy, xds: 'delta', secrets, place });
}
