import { create } from '@bufbuild/protobuf';
import { inboundVirtualHostName, type InboundPortIr } from '@malla/ir';
import { RouteConfigurationSchema, type RouteConfiguration } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import { httpRbacRules } from '../rbac/filters.ts';
import { duration } from '../wire/duration.ts';

/** The route configuration of an inbound HTTP port, named as its cluster: everything goes to the application, if its authorization lets it. */
export function inboundRoute({ authorization, targetPort }: InboundPortIr, cluster: string): RouteConfiguration {
  return create(RouteConfigurationSchema, {
    name: cluster,
    validateClusters: false,
    virtualHosts: [
      {
        name: inboundVirtualHostName(targetPort),
        domains: ['*'],
        typedPerFilterConfig: httpRbacRules(authorization, targetPort),
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
  });
}
