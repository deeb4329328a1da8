import { create } from '@bufbuild/protobuf';
import { inboundVirtualHostName, type InboundPortIr } from '@malla/ir';
import { RouteConfigurationSchema, type RouteConfiguration } from '@malla/protos/gen/envoy/config/route/v3/route_pb';
import { duration } from '../wire/duration.ts';
import { routePolicyRules } from './route-policies.ts';

/** The route configuration of an inbound HTTP port, named as its cluster: everything goes to the application, if its policies let it. */
export function inboundRoute(port: InboundPortIr, cluster: string): RouteConfiguration {
  const { targetPort } = port;
  return create(RouteConfigurationSchema, {
    name: cluster,
    validateClusters: false,
    virtualHosts: [
      {
        name: inboundVirtualHostName(targetPort),
        domains: ['*'],
        typedPerFilterConfig: routePolicyRules(port, targetPort),
        routes: [
          {
            name: 'default',
            // As callers say it, where theirs does not come by a header.
            decorator: { operation: `${port.service.host}:${targetPort}/*` },
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
