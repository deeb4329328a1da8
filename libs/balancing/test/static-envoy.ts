import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request, type RequestOptions } from 'node:http';
import type { Address, EndpointsConfig, LoadBalancerConfig, SubsetConfig } from '@malla/proxy-config';
import { freePort, TemporaryFolder, waitFor } from '@malla/testkit';

/** A cluster for both: Envoy and our balancers. */
export interface TwinCluster {
  readonly name: string;
  readonly loadBalancer: LoadBalancerConfig;
  readonly endpoints: EndpointsConfig;
  readonly localityWeighted?: boolean;
  readonly subsets?: SubsetConfig;
  /** What the route to it asks for. */
  readonly labels?: Readonly<Record<string, unknown>>;
  /** Default 50. */
  readonly healthyPanicThreshold?: number;
  /** More of Envoy's cluster, as in its JSON. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** The request header that clusters hash. */
export const HASHED_HEADER = 'x-key';

/** A real Envoy with static clusters: a request to `/NAME` goes to the cluster NAME. */
export class StaticEnvoy implements AsyncDisposable {
  readonly #folder = new TemporaryFolder('malla-lb-');
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  #process: ChildProcess | undefined;
  #port = 0;

  async start(binary: string, clusters: readonly TwinCluster[]): Promise<this> {
    this.#port = await freePort();
    const bootstrap = this.#folder.join('bootstrap.json');
    writeFileSync(bootstrap, JSON.stringify(this.#bootstrap(clusters)));
    const log = openSync(this.#folder.join('log'), 'a');
    const args = ['-c', bootstrap, '--disable-hot-restart', '--concurrency', '1', '--log-level', 'warning'];
    const child = spawn(binary, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    this.#process = child;
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    const ready = async (): Promise<boolean> => (await this.admin('/ready')).includes('LIVE');
    await waitFor(ready, { what: 'Envoy', timeoutMs: 20_000 }).catch((error: unknown) => {
      const written = readFileSync(this.#folder.join('log'), 'utf8');
      throw new Error(`Envoy did not start: ${written.slice(-2000)}`, { cause: error });
    });
    return this;
  }

  /** The body of the answer to a request through a cluster. */
  async send(cluster: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    return get({ host: '127.0.0.1', port: this.#port, path: `/${cluster}`, headers, agent: this.#agent });
  }

  /** Answer of the admin interface. */
  admin(path: string): Promise<string> {
    return get({ socketPath: this.#folder.join('admin'), path, agent: false });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
    const child = this.#process;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await exited;
    }
    this.#folder[Symbol.dispose]();
  }

  #bootstrap(clusters: readonly TwinCluster[]): unknown {
    const routes = clusters.map(({ name, labels }) => ({
      match: { path: `/${name}` },
      route: {
        cluster: name,
        hash_policy: [{ header: { header_name: HASHED_HEADER } }],
        ...(labels && { metadata_match: { filter_metadata: { 'envoy.lb': labels } } }),
      },
    }));
    const manager = {
      '@type': 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      stat_prefix: 'test',
      route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
      http_filters: [
        {
          name: 'router',
          typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
        },
      ],
    };
    return {
      node: { id: 'test', cluster: 'test' },
      admin: { address: { pipe: { path: this.#folder.join('admin') } } },
      static_resources: {
        listeners: [
          {
            name: 'in',
            address: socketAddress({ kind: 'tcp', address: '127.0.0.1', port: this.#port }),
            filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }],
          },
        ],
        clusters: clusters.map(envoyCluster),
      },
    };
  }
}

function envoyCluster(cluster: TwinCluster): unknown {
  const { name, endpoints, healthyPanicThreshold = 50, localityWeighted = false, more } = cluster;
  return {
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    common_lb_config: {
      // Changes of health take effect at once; by default Envoy gathers them for a second.
      update_merge_window: '0s',
      healthy_panic_threshold: { value: healthyPanicThreshold },
      ...(localityWeighted && { locality_weighted_lb_config: {} }),
    },
    load_assignment: {
      cluster_name: name,
      endpoints: endpoints.localities.map((group) => ({
        locality: { region: group.locality.region, zone: group.locality.zone, sub_zone: group.locality.subZone },
        priority: group.priority,
        ...(group.weight > 0 && { load_balancing_weight: group.weight }),
        lb_endpoints: group.endpoints.map((endpoint) => ({
          endpoint: { address: socketAddress(endpoint.address) },
          health_status: endpoint.health.toUpperCase(),
          load_balancing_weight: endpoint.weight,
          metadata: { filter_metadata: endpoint.metadata },
        })),
      })),
    },
    ...policy(cluster.loadBalancer),
    ...(cluster.subsets && { lb_subset_config: subsetConfig(cluster.subsets) }),
    ...more,
  };
}

function policy(config: LoadBalancerConfig): Record<string, unknown> {
  switch (config.kind) {
    case 'ring-hash':
      return {
        lb_policy: 'RING_HASH',
        ring_hash_lb_config: {
          minimum_ring_size: config.minimumRingSize,
          maximum_ring_size: config.maximumRingSize,
          hash_function: config.hashFunction === 'xx-hash' ? 'XX_HASH' : 'MURMUR_HASH_2',
        },
      };
    case 'maglev':
      return { lb_policy: 'MAGLEV', maglev_lb_config: { table_size: config.tableSize } };
    case 'least-request':
      return { lb_policy: 'LEAST_REQUEST', least_request_lb_config: { choice_count: config.choices } };
    case 'random':
      return { lb_policy: 'RANDOM' };
    default:
      return { lb_policy: 'ROUND_ROBIN' };
  }
}

function subsetConfig({ fallback, defaultSubset, selectors }: SubsetConfig): unknown {
  const policies = { none: 'NO_FALLBACK', 'any-endpoint': 'ANY_ENDPOINT', 'default-subset': 'DEFAULT_SUBSET' };
  return {
    fallback_policy: policies[fallback],
    default_subset: defaultSubset,
    subset_selectors: selectors.map(({ keys }) => ({ keys })),
  };
}

function socketAddress(address: Address): unknown {
  if (address.kind === 'pipe') return { pipe: { path: address.path } };
  return { socket_address: { address: address.address, port_value: address.port } };
}

function get(options: RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, timeout: 5_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString()));
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.on('error', reject);
    sent.end();
  });
}
