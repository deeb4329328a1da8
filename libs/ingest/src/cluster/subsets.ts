import type { SubsetConfig } from '@malla/proxy-config';
import {
  Cluster_LbSubsetConfig_LbSubsetFallbackPolicy as Fallback,
  type Cluster_LbSubsetConfig,
} from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import type { FieldReader } from '../wire/field-reader.ts';

const fallbacks = {
  [Fallback.NO_FALLBACK]: 'none',
  [Fallback.ANY_ENDPOINT]: 'any-endpoint',
  [Fallback.DEFAULT_SUBSET]: 'default-subset',
} as const;

/** Subsets of a cluster's endpoints by their labels; without selectors there are none. */
export function readSubsets(reader: FieldReader<Cluster_LbSubsetConfig> | undefined): SubsetConfig | undefined {
  if (!reader) return undefined;
  const selectors = reader.messages('subsetSelectors').map((selector) => ({ keys: selector.take('keys') }));
  return {
    fallback: reader.choice('fallbackPolicy', fallbacks) ?? 'none',
    defaultSubset: reader.struct('defaultSubset') ?? {},
    selectors,
  };
}
