import type { RouteIr } from '@malla/ir';
import type { VirtualService } from '@malla/model';
import type { ProxyView } from '@malla/snapshot';
import { originOf, type Diagnostic } from '../diagnostics.ts';
import type { SliceMemo } from '../memo.ts';
import { routeInputs } from '../mesh-inputs.ts';
import { destinationHosts, destinationInputs, knownDestination } from '../outbound/known-destinations.ts';
import { clientOf, clientText } from '../outbound/match-client.ts';
import { resolveRules, type RulesInputs } from '../routes/host-routes.ts';

/** The routes of one VirtualService for one Gateway and port. */
export interface GatewayRoutes {
  readonly routes: readonly RouteIr[];
  readonly diagnostics: readonly Diagnostic[];
}

export interface GatewayRoutesRequest {
  readonly memo: SliceMemo;
  readonly view: ProxyView;
  readonly virtualService: VirtualService;
  /** `namespace/name` */
  readonly gateway: string;
  /** Of the Gateway's server: what `match.port` asks for, and the default of destinations with several ports. */
  readonly port: number;
}

/** The routes, from memory when nothing that they were made of changed. */
export function takeGatewayRoutes({ memo, view, virtualService, gateway, port }: GatewayRoutesRequest): GatewayRoutes {
  const { mesh } = view.snapshot;
  const reads = destinationHosts([virtualService], mesh.domainSuffix, undefined);
  const destinations = new Map(reads.map((read) => [read, knownDestination(view, read)] as const));
  const client = clientOf([virtualService], view, gateway);
  const inputs: RulesInputs = { mesh, port, client, destinations };
  const { namespace, name } = originOf(virtualService);
  return memo.take(
    'virtualHost',
    `${gateway} ${namespace}/${name} ${port}`,
    [...routeInputs(mesh), clientText(client), virtualService, ...destinationInputs(destinations)],
    () => resolve(virtualService, inputs),
  );
}

function resolve(virtualService: VirtualService, inputs: RulesInputs): GatewayRoutes {
  const diagnostics: Diagnostic[] = [];
  const routes = resolveRules(virtualService, inputs, (diagnostic) => void diagnostics.push(diagnostic));
  return { routes, diagnostics };
}
