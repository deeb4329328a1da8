import { create } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import type { SocketAddress } from '@malla/ir';
import { ListenerSchema, type Listener } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { RouterSchema } from '@malla/protos/gen/envoy/extensions/filters/http/router/v3/router_pb';
import {
  HttpConnectionManagerSchema,
  HttpConnectionManager_CodecType,
} from '@malla/protos/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb';
import { tcpAddress } from './addresses.ts';
import { agentHttpCluster, prometheusCluster } from './static-clusters.ts';

/** Statistics of the listeners below start with this; drain and the golden signals leave them out. */
export const staticStatPrefixes = { prometheus: 'stats', readiness: 'agent' } as const;

/** The address of a listener and, in the other family, a second one. */
export interface ListenerPlace extends SocketAddress {
  readonly also?: SocketAddress;
}

/** Serves Envoy's own metrics at /stats/prometheus and nothing else of the admin interface. */
export function prometheusListener(bind: ListenerPlace): Listener {
  return onePathListener({
    bind,
    statPrefix: staticStatPrefixes.prometheus,
    path: '/stats/prometheus',
    cluster: prometheusCluster,
  });
}

/** Serves /healthz/ready by asking the agent, as probes from outside the host need it. */
export function readinessListener(bind: ListenerPlace): Listener {
  return onePathListener({
    bind,
    statPrefix: staticStatPrefixes.readiness,
    path: '/healthz/ready',
    cluster: agentHttpCluster,
  });
}

interface OnePathParams {
  readonly bind: ListenerPlace;
  readonly statPrefix: string;
  readonly path: string;
  readonly cluster: string;
}

function onePathListener({ bind, statPrefix, path, cluster }: OnePathParams): Listener {
  const manager = create(HttpConnectionManagerSchema, {
    statPrefix,
    codecType: HttpConnectionManager_CodecType.AUTO,
    routeSpecifier: {
      case: 'routeConfig',
      value: {
        name: statPrefix,
        virtualHosts: [
          {
            name: statPrefix,
            domains: ['*'],
            routes: [
              {
                match: { pathSpecifier: { case: 'path', value: path } },
                action: { case: 'route', value: { clusterSpecifier: { case: 'cluster', value: cluster } } },
              },
            ],
          },
        ],
      },
    },
    httpFilters: [
      {
        name: 'envoy.filters.http.router',
        configType: { case: 'typedConfig', value: anyPack(RouterSchema, create(RouterSchema)) },
      },
    ],
  });
  return create(ListenerSchema, {
    name: statPrefix,
    address: tcpAddress(bind),
    additionalAddresses: bind.also === undefined ? [] : [{ address: tcpAddress(bind.also) }],
    // Probes and scrapes must work while the connection limit holds others back.
    ignoreGlobalConnLimit: true,
    filterChains: [
      {
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            configType: { case: 'typedConfig', value: anyPack(HttpConnectionManagerSchema, manager) },
          },
        ],
      },
    ],
  });
}
