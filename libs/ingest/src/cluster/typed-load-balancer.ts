import type { LoadBalancerConfig } from '@malla/proxy-config';
import type { LoadBalancingPolicy } from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { ClusterProvidedSchema } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/cluster_provided/v3/cluster_provided_pb';
import type { LocalityLbConfig } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/common/v3/common_pb';
import {
  LeastRequest_SelectionMethod as Selection,
  LeastRequestSchema,
} from '@malla/protos/gen/envoy/extensions/load_balancing_policies/least_request/v3/least_request_pb';
import { MaglevSchema } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/maglev/v3/maglev_pb';
import { RandomSchema } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/random/v3/random_pb';
import {
  RingHash_HashFunction as HashFunction,
  RingHashSchema,
} from '@malla/protos/gen/envoy/extensions/load_balancing_policies/ring_hash/v3/ring_hash_pb';
import { RoundRobinSchema } from '@malla/protos/gen/envoy/extensions/load_balancing_policies/round_robin/v3/round_robin_pb';
import { anyCase, unpack, type AnyCase } from '../wire/any.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readMaglev, readRingSizes, readRuntimeDouble, readSlowStart } from './load-balancer-options.ts';

/** A policy with what the old fields of a cluster say apart from it. */
export interface TypedLoadBalancer {
  readonly loadBalancer: LoadBalancerConfig;
  readonly localityWeighted: boolean;
}

const hashFunctions = {
  [HashFunction.DEFAULT_HASH]: 'xx-hash',
  [HashFunction.XX_HASH]: 'xx-hash',
  [HashFunction.MURMUR_HASH_2]: 'murmur-hash-2',
} as const;

const cases: readonly AnyCase<TypedLoadBalancer>[] = [
  anyCase(RoundRobinSchema, (reader) => ({
    loadBalancer: { kind: 'round-robin', ...readSlowStart(reader.message('slowStartConfig')) },
    localityWeighted: isWeighted(reader.message('localityLbConfig')),
  })),
  anyCase(LeastRequestSchema, (reader) => {
    // Looking at every host is another method; the old switch for it only confirms what is done.
    reader.expect('selectionMethod', Selection.N_CHOICES);
    reader.expect('enableFullScan', false);
    return {
      loadBalancer: {
        kind: 'least-request',
        choices: reader.take('choiceCount') ?? 2,
        activeRequestBias: readRuntimeDouble(reader.message('activeRequestBias')) ?? 1,
        ...readSlowStart(reader.message('slowStartConfig')),
      },
      localityWeighted: isWeighted(reader.message('localityLbConfig')),
    };
  }),
  anyCase(RandomSchema, (reader) => ({
    loadBalancer: { kind: 'random' },
    localityWeighted: isWeighted(reader.message('localityLbConfig')),
  })),
  anyCase(RingHashSchema, (reader) => ({
    loadBalancer: {
      kind: 'ring-hash',
      ...readRingSizes(reader),
      hashFunction: reader.choice('hashFunction', hashFunctions) ?? 'xx-hash',
    },
    localityWeighted: reader.message('localityWeightedLbConfig') !== undefined,
  })),
  anyCase(MaglevSchema, (reader) => ({
    loadBalancer: readMaglev(reader),
    localityWeighted: reader.message('localityWeightedLbConfig') !== undefined,
  })),
  anyCase(ClusterProvidedSchema, () => ({ loadBalancer: { kind: 'cluster-provided' }, localityWeighted: false })),
];

/** A load balancer as an extension. The first policy counts; the others are for proxies that do not know it. */
export function readTypedLoadBalancer(reader: FieldReader<LoadBalancingPolicy>): TypedLoadBalancer | undefined {
  const [first, ...others] = reader.messages('policies');
  for (const other of others) other.ignore('typedExtensionConfig');
  const extension = first?.message('typedExtensionConfig');
  // Extensions are found by the type of their configuration; the name is for people.
  extension?.ignore('name');
  const any = extension?.message('typedConfig');
  if (!any) reader.reading.report(reader.path, 'has no policy');
  return any && unpack<TypedLoadBalancer>(any, cases);
}

function isWeighted(reader: FieldReader<LocalityLbConfig> | undefined): boolean {
  return (
    reader?.oneof<'localityConfigSpecifier', boolean>('localityConfigSpecifier', {
      localityWeightedLbConfig: () => true,
    }) ?? false
  );
}
