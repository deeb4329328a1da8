import { create } from '@bufbuild/protobuf';
import type { EndpointIr, EndpointSetIr, LocalityEndpointsIr } from '@malla/ir';
import { HealthStatus } from '@malla/protos/gen/envoy/config/core/v3/health_check_pb';
import {
  ClusterLoadAssignmentSchema,
  type ClusterLoadAssignment,
} from '@malla/protos/gen/envoy/config/endpoint/v3/endpoint_pb';
import { mutualTlsEndpoint } from './cluster/upstream-tls.ts';
import { socketAddress } from './wire/address.ts';

/** The endpoints of one cluster; the same bytes for every data plane. */
export function clusterLoadAssignment(set: EndpointSetIr): ClusterLoadAssignment {
  return create(ClusterLoadAssignmentSchema, {
    clusterName: set.cluster,
    endpoints: set.localities.map(localityEndpoints),
  });
}

function localityEndpoints({ locality, priority = 0, endpoints }: LocalityEndpointsIr) {
  const [region = '', zone = '', ...subZone] = locality.split('/');
  const weight = endpoints.reduce((sum, endpoint) => sum + endpoint.weight, 0);
  return {
    locality: { region, zone, subZone: subZone.join('/') },
    ...(priority > 0 && { priority }),
    lbEndpoints: endpoints.map(lbEndpoint),
    ...(weight > 0 && { loadBalancingWeight: weight }),
  };
}

function lbEndpoint(endpoint: EndpointIr) {
  const { workload } = endpoint;
  return {
    hostIdentifier: { case: 'endpoint' as const, value: { address: socketAddress(endpoint) } },
    healthStatus: endpoint.healthy ? HealthStatus.HEALTHY : HealthStatus.UNHEALTHY,
    loadBalancingWeight: endpoint.weight,
    metadata: {
      filterMetadata: {
        ...(endpoint.mutualTls && { 'envoy.transport_socket_match': mutualTlsEndpoint }),
        // Istio's layout: name;namespace;canonical service;canonical revision;cluster.
        istio: {
          workload: [
            workload.name,
            workload.namespace,
            workload.canonicalService,
            workload.revision,
            workload.cluster,
          ].join(';'),
        },
      },
    },
  };
}
