import type { LoadBalancerConfig, SlowStartConfig } from '@malla/proxy-config';
import type {
  Cluster_MaglevLbConfig,
  Cluster_RingHashLbConfig,
  Cluster_SlowStartConfig,
} from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import type { RuntimeDouble } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type { SlowStartConfig as TypedSlowStart } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/common/v3/common_pb';
import type { Maglev } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/maglev/v3/maglev_pb';
import type { RingHash } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/ring_hash/v3/ring_hash_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readPercent } from '../wire/percent.ts';

// Options of policies stand in a cluster's own fields or in an extension; both name them alike.

/** Sizes of a hash ring. */
export function readRingSizes(options: FieldReader<RingHash> | FieldReader<Cluster_RingHashLbConfig> | undefined): {
  minimumRingSize: number;
  maximumRingSize: number;
} {
  const reader = options as FieldReader<RingHash> | undefined;
  const minimumRingSize = Number(reader?.take('minimumRingSize') ?? 1024);
  const maximumRingSize = Number(reader?.take('maximumRingSize') ?? 8_388_608);
  if (minimumRingSize > maximumRingSize) reader?.refuse('maximumRingSize', 'must be at least minimum_ring_size');
  return { minimumRingSize, maximumRingSize };
}

/** Maglev's table, of a prime size. */
export function readMaglev(
  options: FieldReader<Maglev> | FieldReader<Cluster_MaglevLbConfig> | undefined,
): LoadBalancerConfig {
  const reader = options as FieldReader<Maglev> | undefined;
  const tableSize = Number(reader?.take('tableSize') ?? 65_537);
  if (!isPrime(tableSize)) reader?.refuse('tableSize', 'must be a prime number');
  return { kind: 'maglev', tableSize };
}

function isPrime(value: number): boolean {
  if (value < 2) return false;
  for (let divisor = 2; divisor * divisor <= value; divisor++) if (value % divisor === 0) return false;
  return true;
}

/** How new endpoints are let in. */
export function readSlowStart(
  options: FieldReader<TypedSlowStart> | FieldReader<Cluster_SlowStartConfig> | undefined,
): { slowStart?: SlowStartConfig } {
  const reader = options as FieldReader<TypedSlowStart> | undefined;
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
export function readRuntimeDouble(reader: FieldReader<RuntimeDouble> | undefined): number | undefined {
  reader?.ignore('runtimeKey');
  return reader?.take('defaultValue');
}
