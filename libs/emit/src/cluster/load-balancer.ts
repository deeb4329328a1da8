import type { DataPlane, LoadBalancerIr } from '@malla/ir';
import {
  Cluster_LbPolicy,
  Cluster_RingHashLbConfig_HashFunction,
} from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';

/** Load balancing fields of a cluster. gRPC clients know round robin and ring hash only (gRFC A27, A42). */
export function loadBalancer(balancer: LoadBalancerIr, dataPlane: DataPlane) {
  if (dataPlane === 'grpc') {
    return balancer.kind === 'ring-hash'
      ? ringHash(balancer.minimumRingSize)
      : { lbPolicy: Cluster_LbPolicy.ROUND_ROBIN };
  }
  switch (balancer.kind) {
    case 'least-request':
      return { lbPolicy: Cluster_LbPolicy.LEAST_REQUEST };
    case 'round-robin':
      return { lbPolicy: Cluster_LbPolicy.ROUND_ROBIN };
    case 'random':
      return { lbPolicy: Cluster_LbPolicy.RANDOM };
    case 'ring-hash':
      return ringHash(balancer.minimumRingSize);
    case 'maglev':
      return {
        lbPolicy: Cluster_LbPolicy.MAGLEV,
        lbConfig: { case: 'maglevLbConfig' as const, value: { tableSize: BigInt(balancer.tableSize) } },
      };
  }
}

function ringHash(minimumRingSize: number) {
  return {
    lbPolicy: Cluster_LbPolicy.RING_HASH,
    lbConfig: {
      case: 'ringHashLbConfig' as const,
      value: {
        minimumRingSize: BigInt(minimumRingSize),
        hashFunction: Cluster_RingHashLbConfig_HashFunction.XX_HASH,
      },
    },
  };
}
