import type { GatewayChainIr, GatewayIr, GatewayPortIr, RouteConfigIr } from '@malla/ir';
import { changedKeys, type MeshSnapshot, type ProxyView } from '@malla/snapshot';
import { originOf, type Diagnostic } from '../diagnostics.ts';
import { keepList, type SliceMemo } from '../memo.ts';
import type { CredentialReference } from '../outbound/secrets.ts';
import { mergeServers, type MergedPort, type MergedServer } from './merge-servers.ts';
import { takeGatewayRouteConfig } from './route-config.ts';
import { serverNames } from './server-hosts.ts';
import { resolveServerTls } from './server-tls.ts';
import { streamChains } from './stream-chains.ts';

/** What Gateways add to the outbound configuration of routers. */
export interface GatewayParts {
  readonly gateway: GatewayIr;
  readonly routeConfigs: readonly RouteConfigIr[];
  readonly credentials: readonly CredentialReference[];
  readonly diagnostics: readonly Diagnostic[];
}

const nothing: GatewayParts = { gateway: { ports: [] }, routeConfigs: [], credentials: [], diagnostics: [] };

/** The Gateways of one scope of routers while snapshots go by; what comes out unchanged stays the identical object. */
export class GatewayState {
  readonly #memo: SliceMemo;
  #snapshot: MeshSnapshot | undefined;
  #parts = nothing;

  constructor(memo: SliceMemo) {
    this.#memo = memo;
  }

  get parts(): GatewayParts {
    return this.#parts;
  }

  /** Brings the state to a view of its scope; whether anything may differ. */
  advance(view: ProxyView): boolean {
    const { snapshot } = view;
    if (this.#snapshot !== undefined && !concerns(this.#snapshot, snapshot)) return false;
    this.#snapshot = snapshot;
    const { gatewayPorts = {} } = view.scope;
    const listeningPort = (port: number) => gatewayPorts[port] ?? port;
    const { ports, diagnostics } = mergeServers(view.gateways(), listeningPort);
    const routes = this.#routeConfigs(view, ports);
    const streams = ports.map((port) => streamChains(view, port));
    this.#parts = {
      gateway: this.#gateway(ports.map((port, i) => portOf(port, streams[i]!.chains))),
      routeConfigs: keepList(
        this.#parts.routeConfigs,
        routes.map(({ config }) => config),
      ),
      credentials: ports.flatMap(({ servers }) => servers.flatMap(credentialsOf)),
      diagnostics: [
        ...diagnostics,
        ...routes.flatMap((one) => one.diagnostics),
        ...streams.flatMap((s) => s.diagnostics),
      ],
    };
    return true;
  }

  #routeConfigs(view: ProxyView, ports: readonly MergedPort[]) {
    const before = new Map(this.#parts.routeConfigs.map((config) => [config.name, config]));
    const byName = Map.groupBy(
      ports.flatMap(({ servers }) => servers).filter(({ routeConfig }) => routeConfig !== undefined),
      ({ routeConfig }) => routeConfig as string,
    );
    return [...byName].map(([name, servers]) =>
      takeGatewayRouteConfig({ memo: this.#memo, view, name, servers, before: before.get(name) }),
    );
  }

  /** Ports are small, so equal content is what keeps them. */
  #gateway(ports: readonly GatewayPortIr[]): GatewayIr {
    const before = this.#parts.gateway;
    const known = new Map(before.ports.map((port) => [JSON.stringify(port), port]));
    const filled = ports.filter(({ chains }) => chains.length > 0);
    const kept = keepList(
      before.ports,
      filled.map((port) => known.get(JSON.stringify(port)) ?? port),
    );
    return kept === before.ports ? before : { ports: kept };
  }
}

/** Whether what Gateways and their routes are made of differs. Workloads are not among it. */
function concerns(was: MeshSnapshot, is: MeshSnapshot): boolean {
  return (
    was.mesh !== is.mesh ||
    was.gateways !== is.gateways ||
    was.gatewayVirtualServices !== is.gatewayVirtualServices ||
    was.destinationRules !== is.destinationRules ||
    changedKeys(was.services, is.services).length > 0
  );
}

function portOf({ port, bind, servers }: MergedPort, streams: readonly GatewayChainIr[]): GatewayPortIr {
  const http = servers.find(({ kind }) => kind === 'http');
  const chains = http === undefined ? [...servers.flatMap(httpsChain), ...streams] : [plainChain(http)];
  return { port, ...(bind === '' ? {} : { bind }), chains };
}

/** All HTTP servers of a port are one: their routes tell hosts apart. */
function plainChain({ gateway, routeConfig = '' }: MergedServer): GatewayChainIr {
  return {
    name: routeConfig,
    serverNames: [],
    transport: 'none',
    target: { kind: 'http', routeConfig },
    origin: originOf(gateway),
  };
}

function httpsChain({ kind, gateway, server, hosts, routeConfig = '' }: MergedServer): readonly GatewayChainIr[] {
  const tls = server.tls === undefined ? undefined : resolveServerTls(server.tls);
  if (kind !== 'https' || tls === undefined) return [];
  return [
    {
      name: routeConfig,
      serverNames: serverNames(hosts),
      transport: 'ended',
      tls,
      target: { kind: 'http', routeConfig },
      origin: originOf(gateway),
    },
  ];
}

function credentialsOf({ kind, gateway, server }: MergedServer): readonly CredentialReference[] {
  const { mode, credentialName } = server.tls ?? {};
  if ((kind !== 'https' && kind !== 'tls') || mode === 'ISTIO_MUTUAL' || credentialName === undefined) return [];
  return [{ name: credentialName, namespace: gateway.metadata.namespace ?? '' }];
}
