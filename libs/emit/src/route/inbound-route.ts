import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { inboundVirtualHostName, type AuthorizationIr, type InboundPortIr } from '@malla/ir';
import { RouteConfigurationSchema, type RouteConfiguration } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import { httpRbacRules } from '../rbac/filters.ts';
import { duration } from '../wire/duration.ts';

/** The route configuration of an inbound HTTP port: everything goes to the application, if its authorization lets it. */
export function inboundRoute(port: InboundPortIr, cluster: string): RouteConfiguration {
  const { authorization, targetPort } = port;
  const virtualHost = inboundVirtualHostName(targetPort);
  return create(RouteConfigurationSchema, everythingTo(cluster, { virtualHost, authorization, port: targetPort }));
}

/** What {@link everythingTo} needs besides the cluster. */
export interface EverythingToParams {
  readonly virtualHost: string;
  readonly authorization: AuthorizationIr;
  /** The workload's port; undefined when the connection alone tells it. */
  readonly port: number | undefined;
}

/** A route configuration, named as its cluster, that sends every request there without a time limit. */
export function everythingTo(
  cluster: string,
  params: EverythingToParams,
): MessageInitShape<typeof RouteConfigurationSchema> {
  return {
    name: cluster,
    validateClusters: false,
    virtualHosts: [
      {
        name: params.virtualHost,
        domains: ['*'],
        typedPerFilterConfig: httpRbacRules(params.authorization, params.port),
        routes: [
          {
            name: 'default',
            match: { pathSpecifier: { case: 'prefix', value: '/' } },
            action: {
              case: 'route',
              value: { clusterSpecifier: { case: 'cluster', value: cluster }, timeout: duration(0) },
            },
          },
        ],
      },
    ],
  };
}
