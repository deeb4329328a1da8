import type { RouteTableConfig, VirtualHostConfig } from '@malla/proxy-config';
import { CompiledRoute } from './compiled-route.ts';
import { HostTable } from './host-table.ts';
import { RouteIndex } from './route-index.ts';
import type { RouteRequest } from './route-request.ts';

/** The routes of one virtual host, in a table by path. */
export class VirtualHostTable {
  readonly config: VirtualHostConfig;
  readonly #routes: readonly CompiledRoute[];
  readonly #index: RouteIndex;

  constructor(config: VirtualHostConfig) {
    this.config = config;
    this.#routes = config.routes.map((route) => new CompiledRoute(route, config));
    this.#index = new RouteIndex(config.routes.map(({ match }) => match));
  }

  /** The first route that the request matches. */
  findRoute(request: RouteRequest): CompiledRoute | undefined {
    const target = request.path;
    const query = target.indexOf('?');
    const path = query < 0 ? target : target.slice(0, query);
    const candidates = this.#index.candidates(path);
    for (let i = 0; i < candidates.length; i++) {
      const route = this.#routes[candidates[i] as number] as CompiledRoute;
      if (route.conditions.hold(request, path)) return route;
    }
    return undefined;
  }
}

/** A route configuration, compiled: what the data plane asks for every request. */
export class RouteTable {
  readonly config: RouteTableConfig;
  readonly #hosts: HostTable<VirtualHostTable>;

  constructor(config: RouteTableConfig) {
    this.config = config;
    const entries = config.virtualHosts.map((host) => ({ domains: host.domains, value: tableOf(host) }));
    this.#hosts = new HostTable(entries, config.matchPorts ?? false);
  }

  /** The virtual host that serves an authority. */
  findVirtualHost(authority: string): VirtualHostTable | undefined {
    return this.#hosts.find(authority);
  }
}

const virtualHosts = new WeakMap<VirtualHostConfig, VirtualHostTable>();
const tables = new WeakMap<RouteTableConfig, RouteTable>();

function tableOf(config: VirtualHostConfig): VirtualHostTable {
  const known = virtualHosts.get(config);
  if (known !== undefined) return known;
  const table = new VirtualHostTable(config);
  virtualHosts.set(config, table);
  return table;
}

/** Compiles a route configuration; the same table for the same object. */
export function compileRouteTable(config: RouteTableConfig): RouteTable {
  const known = tables.get(config);
  if (known !== undefined) return known;
  const table = new RouteTable(config);
  tables.set(config, table);
  return table;
}
