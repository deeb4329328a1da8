import { gatewayHttpRouteConfigName, gatewayHttpsRouteConfigName } from '@malla/ir';
import type { Gateway, GatewayServer } from '@malla/model';
import { namespacedKey } from '@malla/snapshot';
import { originOf, type Diagnostic } from '../diagnostics.ts';
import { serverHostOf, serverNames, type ServerHost } from './server-hosts.ts';

/** How a server takes connections: HTTP in plain text; HTTP after TLS; bytes as they are; bytes after TLS; TLS that it does not end. */
export type ServerKind = 'http' | 'https' | 'tcp' | 'tls' | 'passthrough';

/** One server of a Gateway, ready to be merged with others of its port. */
export interface MergedServer {
  readonly gateway: Gateway;
  /** `namespace/name` of the Gateway. */
  readonly gatewayName: string;
  readonly server: GatewayServer;
  readonly kind: ServerKind;
  readonly hosts: readonly ServerHost[];
  /** RDS name; only for HTTP. */
  readonly routeConfig?: string;
}

/** Servers that share an address and port: all in plain text, or all with TLS. */
export interface MergedPort {
  /** Where the proxy listens. */
  readonly port: number;
  /** Empty: every address. */
  readonly bind: string;
  readonly servers: readonly MergedServer[];
}

const httpProtocols: ReadonlySet<string> = new Set(['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB', 'HTTP_PROXY']);

/**
 * Gateways, oldest first, merged by address and port. HTTP servers share their port and its routes; servers with TLS share it as long as their server names
 * differ; of anything else the first has the port. What loses is told of and left out. `listeningPort` gives the port of the proxy for one of a Gateway.
 * Source: Istio pilot/pkg/model/gateway.go, MergeGateways
 */
export function mergeServers(
  gateways: readonly Gateway[],
  listeningPort: (port: number) => number,
): { readonly ports: readonly MergedPort[]; readonly diagnostics: readonly Diagnostic[] } {
  const drafts = new Map<string, PortDraft>();
  const diagnostics: Diagnostic[] = [];
  for (const gateway of gateways) {
    for (const server of gateway.spec?.servers ?? []) {
      const [port, bind] = [listeningPort(server.port.number), server.bind ?? ''];
      const key = `${bind} ${port}`;
      const draft = drafts.get(key) ?? new PortDraft(port, bind);
      drafts.set(key, draft);
      const refusal = draft.add(mergedServer(gateway, server, port));
      if (refusal !== undefined)
        diagnostics.push({
          code: 'conflicting_server',
          message: `server ${server.port.name} on port ${server.port.number} is left out: ${refusal}`,
          origin: originOf(gateway),
        });
    }
  }
  const ports = [...drafts.values()].map((draft) => draft.finish()).filter(({ servers }) => servers.length > 0);
  return { ports: ports.sort((a, b) => a.port - b.port || (a.bind < b.bind ? -1 : 1)), diagnostics };
}

function mergedServer(gateway: Gateway, server: GatewayServer, port: number): MergedServer {
  const { name, namespace = '' } = gateway.metadata;
  const kind = kindOf(server);
  const routeConfig = routeConfigOf(kind, server, { name, namespace, port });
  return {
    gateway,
    gatewayName: namespacedKey(namespace, name),
    server,
    kind,
    hosts: server.hosts.map((host) => serverHostOf(host, namespace)),
    ...(routeConfig === undefined ? {} : { routeConfig }),
  };
}

function kindOf({ port, tls }: GatewayServer): ServerKind {
  const protocol = port.protocol.toUpperCase();
  if (httpProtocols.has(protocol)) return 'http';
  if (tls === undefined) return 'tcp';
  const { mode = 'PASSTHROUGH' } = tls;
  if (mode === 'PASSTHROUGH' || mode === 'AUTO_PASSTHROUGH') return 'passthrough';
  return protocol === 'HTTPS' ? 'https' : 'tls';
}

function routeConfigOf(
  kind: ServerKind,
  { port: written, bind = '' }: GatewayServer,
  { name, namespace, port }: { readonly name: string; readonly namespace: string; readonly port: number },
): string | undefined {
  if (kind === 'http') return gatewayHttpRouteConfigName(port, bind);
  if (kind !== 'https') return undefined;
  return gatewayHttpsRouteConfigName({ port: written.number, portName: written.name, gateway: name, namespace, bind });
}

/** The servers of one port so far. */
class PortDraft {
  readonly #port: number;
  readonly #bind: string;
  readonly #servers: MergedServer[] = [];
  /** Server names that are taken; empty text: every name. */
  readonly #names = new Set<string>();

  constructor(port: number, bind: string) {
    this.#port = port;
    this.#bind = bind;
  }

  /** Takes a server, or says why not. */
  add(server: MergedServer): string | undefined {
    const first = this.#servers[0];
    const refusal = first === undefined ? undefined : this.#conflict(first, server);
    if (refusal !== undefined) return refusal;
    for (const name of namesOf(server)) this.#names.add(name);
    this.#servers.push(server);
    return undefined;
  }

  finish(): MergedPort {
    return { port: this.#port, bind: this.#bind, servers: this.#servers };
  }

  #conflict(first: MergedServer, server: MergedServer): string | undefined {
    const { kind } = server;
    if (isPlain(first.kind) || isPlain(kind)) {
      if (first.kind !== 'http' || kind !== 'http') return `${first.gatewayName} has the port for ${first.kind}`;
    } else if (this.#servers.some((other) => isSameName(other, server)))
      return 'another server of the Gateway has the same port name';
    const taken = namesOf(server).find((name) => this.#names.has(name));
    return taken === undefined
      ? undefined
      : `host ${taken === '' ? '*' : taken} of the port is taken by an older server`;
  }
}

/** Validation lets a Gateway have each port name once. */
function isSameName(a: MergedServer, b: MergedServer): boolean {
  return a.gatewayName === b.gatewayName && a.server.port.name === b.server.port.name;
}

function isPlain(kind: ServerKind): boolean {
  return kind === 'http' || kind === 'tcp';
}

/** Hosts that a server has for itself: those with settings of TLS, even if it is only a redirect. */
function namesOf({ server, hosts }: MergedServer): readonly string[] {
  if (server.tls === undefined) return [];
  const names = serverNames(hosts);
  return names.length === 0 ? [''] : names;
}
