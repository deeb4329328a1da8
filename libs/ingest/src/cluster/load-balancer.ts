import type { LoadBalancerConfig, SlowStartConfig } from '@malla/proxy-config';
import {
  Cluster_LbPolicy as Policy,
  Cluster_RingHashLbConfig_HashFunction as HashFunction,
  type Cluster,
  type Cluster_LeastRequestLbConfig,
  type Cluster_MaglevLbConfig,
  type Cluster_RingHashLbConfig,
  type Cluster_RoundRobinLbConfig,
  type Cluster_SlowStartConfig,
} from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import type { RuntimeDouble } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readPercent } from '../wire/percent.ts';

const policies = {
  [Policy.ROUND_ROBIN]: 'round-robin',
  [Policy.LEAST_REQUEST]: 'least-request',
  [Policy.RING_HASH]: 'ring-hash',
  [Policy.RANDOM]: 'random',
  [Policy.MAGLEV]: 'maglev',
  [Policy.CLUSTER_PROVIDED]: 'cluster-provided',
} as const;

const hashFunctions = {
  [HashFunction.XX_HASH]: 'xx-hash',
  [HashFunction.MURMUR_HASH_2]: 'murmur-hash-2',
} as const;

/** How a cluster picks endpoints. Options of another policy than the chosen one are refused: they would do nothing. */
export function readLoadBalancer(reader: FieldReader<Cluster>): LoadBalancerConfig {
  const kind = reader.choice('lbPolicy', policies) ?? 'round-robin';
  switch (kind) {
    case 'round-robin':
      return roundRobin(reader.oneof('lbConfig', { roundRobinLbConfig: (config) => config }));
    case 'least-request':
      return leastRequest(reader.oneof('lbConfig', { leastRequestLbConfig: (config) => config }));
    case 'ring-hash':
      return ringHash(reader.oneof('lbConfig', { ringHashLbConfig: (config) => config }));
    case 'maglev':
      return maglev(reader.oneof('lbConfig', { maglevLbConfig: (config) => config }));
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
  const minimumRingSize = Number(reader?.take('minimumRingSize') ?? 1024);
  const maximumRingSize = Number(reader?.take('maximumRingSize') ?? 8_388_608);
  if (minimumRingSize > maximumRingSize) reader?.refuse('maximumRingSize', 'must be at least minimum_ring_size');
  return {
    kind: 'ring-hash',
    minimumRingSize,
    maximumRingSize,
    hashFunction: reader?.choice('hashFunction', hashFunctions) ?? 'xx-hash',
  };
}

function maglev(reader: FieldReader<Cluster_MaglevLbConfig> | undefined): LoadBalancerConfig {
  const tableSize = Number(reader?.take('tableSize') ?? 65_537);
  if (!isPrime(tableSize)) reader?.refuse('tableSize', 'must be a prime number');
  return { kind: 'maglev', tableSize };
}

function isPrime(value: number): boolean {
  if (value < 2) return false;
  for (let divisor = 2; divisor * divisor <= value; divisor++) if (value % divisor === 0) return false;
  return true;
}

function readSlowStart(reader: FieldReader<Cluster_SlowStartConfig> | undefined): { slowStart?: SlowStartConfig } {
  if (!reader) return {};
  const aggression = readRuntimeDouble(reader.message('aggression')) ?? 1;
  if (!(aggression > 0)) reader.refuse('aggression', 'must be above 0');
  return {
    slowStart: {
      windowMs: reader.duration('slowStartWindow') ?? 0,
      aggression,
      minWeightPercent: readPercent(reader.message('minWeightPercent')) ?? 10,
    },
  };
}

/** A number that Envoy's runtime could override; there is no runtime here. */
function readRuntimeDouble(reader: FieldReader<RuntimeDouble> | undefined): number | undefined {
  reader?.ignore('runtimeKey');
  return reader?.take('defaultValue');
}
