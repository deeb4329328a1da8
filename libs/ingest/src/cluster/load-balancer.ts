import type { LoadBalancerConfig } from '@malla/proxy-config';
import {
  Cluster_LbPolicy as Policy,
  Cluster_RingHashLbConfig_HashFunction as HashFunction,
  type Cluster,
  type Cluster_LeastRequestLbConfig,
  type Cluster_RingHashLbConfig,
  type Cluster_RoundRobinLbConfig,
} from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readMaglev, readRingSizes, readRuntimeDouble, readSlowStart } from './load-balancer-options.ts';
import { readTypedLoadBalancer, type TypedLoadBalancer } from './typed-load-balancer.ts';

const policies = {
  [Policy.ROUND_ROBIN]: 'round-robin',
  [Policy.LEAST_REQUEST]: 'least-request',
  [Policy.RING_HASH]: 'ring-hash',
  [Policy.RANDOM]: 'random',
  [Policy.MAGLEV]: 'maglev',
  [Policy.CLUSTER_PROVIDED]: 'cluster-provided',
  [Policy.LOAD_BALANCING_POLICY_CONFIG]: 'typed',
} as const;

const hashFunctions = {
  [HashFunction.XX_HASH]: 'xx-hash',
  [HashFunction.MURMUR_HASH_2]: 'murmur-hash-2',
} as const;

/**
 * How a cluster picks endpoints, from its own fields or an extension. Options of another policy than the chosen one are refused: they would do
 * nothing. `localityWeighted` is what the cluster's own fields say.
 */
export function readLoadBalancer(reader: FieldReader<Cluster>, localityWeighted: boolean): TypedLoadBalancer {
  const extension = reader.message('loadBalancingPolicy');
  const kind = reader.choice('lbPolicy', policies) ?? 'round-robin';
  if (!extension && kind !== 'typed') return { loadBalancer: readOwn(reader, kind), localityWeighted };
  // An extension decides alone, whether lb_policy points to it or not.
  if (kind !== 'typed' && kind !== 'round-robin') {
    reader.refuse('lbPolicy', 'must be LOAD_BALANCING_POLICY_CONFIG with load_balancing_policy');
  }
  if (!extension) reader.refuse('lbPolicy', 'needs load_balancing_policy');
  if (localityWeighted) reader.refuse('commonLbConfig', 'must not weigh localities with load_balancing_policy');
  if (reader.has('lbSubsetConfig')) reader.refuse('lbSubsetConfig', 'must not be set with load_balancing_policy');
  const typed = extension && readTypedLoadBalancer(extension);
  return typed ?? { loadBalancer: { kind: 'round-robin' }, localityWeighted };
}

function readOwn(
  reader: FieldReader<Cluster>,
  kind: Exclude<(typeof policies)[keyof typeof policies], 'typed'>,
): LoadBalancerConfig {
  switch (kind) {
    case 'round-robin':
      return roundRobin(reader.oneof('lbConfig', { roundRobinLbConfig: (config) => config }));
    case 'least-request':
      return leastRequest(reader.oneof('lbConfig', { leastRequestLbConfig: (config) => config }));
    case 'ring-hash':
      return ringHash(reader.oneof('lbConfig', { ringHashLbConfig: (config) => config }));
    case 'maglev':
      return readMaglev(reader.oneof('lbConfig', { maglevLbConfig: (config) => config }));
    case 'random':
    case 'cluster-provided':
      return { kind };
  }
}

function roundRobin(reader: FieldReader<Cluster_RoundRobinLbConfig> | undefined): LoadBalancerConfig {
  return { kind: 'round-robin', ...readSlowStart(reader?.message('slowStartConfig')) };
}

function leastRequest(reader: FieldReader<Cluster_LeastRequestLbConfig> | undefined): LoadBalancerConfig {
  return {
    kind: 'least-request',
    choices: reader?.take('choiceCount') ?? 2,
    activeRequestBias: readRuntimeDouble(reader?.message('activeRequestBias')) ?? 1,
    ...readSlowStart(reader?.message('slowStartConfig')),
  };
}

function ringHash(reader: FieldReader<Cluster_RingHashLbConfig> | undefined): LoadBalancerConfig {
  return {
    kind: 'ring-hash',
    ...readRingSizes(reader),
    hashFunction: reader?.choice('hashFunction', hashFunctions) ?? 'xx-hash',
  };
}
