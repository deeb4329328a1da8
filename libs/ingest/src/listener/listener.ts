import type { FilterChainConfig, ListenerConfig } from '@malla/proxy-config';
import { TrafficDirection } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import { Listener_DrainType, type Listener } from '@malla/protos/gen/envoy/config/listener/v3/listener_pb';
import { readAddress } from '../wire/address.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readMetadata } from '../wire/metadata.ts';
import { readFilterChain } from './filter-chain.ts';
import { readListenerFilter } from './listener-filters.ts';
import { overlappingChains } from './overlapping-chains.ts';

const directions = {
  [TrafficDirection.UNSPECIFIED]: 'unspecified',
  [TrafficDirection.INBOUND]: 'inbound',
  [TrafficDirection.OUTBOUND]: 'outbound',
} as const;

/** Envoy's default. */
const listenerFiltersTimeoutMs = 15_000;
/** Envoy's default. */
const bufferLimitBytes = 1_048_576;

/** A listener. */
export function readListener(reader: FieldReader<Listener>): ListenerConfig {
  reader.expect('drainType', Listener_DrainType.DEFAULT);
  // Workers share ports by SO_REUSEPORT, as it is the default.
  reader.expect('enableReusePort', true);
  const name = reader.take('name');
  if (name === '') reader.refuse('name', 'is required');
  const defaultChain = reader.message('defaultFilterChain');
  const filterChains = readChains(reader);
  const useOriginalDst = reader.take('useOriginalDst') ?? false;
  if (filterChains.length === 0 && !defaultChain) reader.refuse('filterChains', 'must not be empty');
  return {
    name,
    addresses: readAddresses(reader),
    direction: reader.choice('trafficDirection', directions) ?? 'unspecified',
    bindToPort: reader.take('bindToPort') ?? true,
    useOriginalDst,
    listenerFilters: readListenerFilters(reader, useOriginalDst),
    listenerFiltersTimeoutMs: reader.duration('listenerFiltersTimeout') ?? listenerFiltersTimeoutMs,
    continueOnListenerFiltersTimeout: reader.take('continueOnListenerFiltersTimeout'),
    filterChains,
    ...(defaultChain && { defaultFilterChain: readDefaultChain(defaultChain) }),
    perConnectionBufferLimitBytes: reader.take('perConnectionBufferLimitBytes') ?? bufferLimitBytes,
    ignoreGlobalConnectionLimit: reader.take('ignoreGlobalConnLimit'),
    metadata: readMetadata(reader.message('metadata')),
  };
}

/** A listener that hands connections over by their original destination has to restore it, as Envoy does without being told. */
function readListenerFilters(
  reader: FieldReader<Listener>,
  useOriginalDst: boolean,
): ListenerConfig['listenerFilters'] {
  const filters = reader
    .messages('listenerFilters')
    .map(readListenerFilter)
    .filter((filter) => filter !== undefined);
  const restores = filters.some(({ kind }) => kind === 'original-dst');
  return useOriginalDst && !restores ? [...filters, { kind: 'original-dst' }] : filters;
}

function readAddresses(reader: FieldReader<Listener>): ListenerConfig['addresses'] {
  const address = reader.message('address');
  if (!address) reader.refuse('address', 'is required');
  const others = reader.messages('additionalAddresses').map((additional) => {
    const other = additional.message('address');
    if (!other) additional.refuse('address', 'is required');
    return readAddress(other, 'ip');
  });
  return [readAddress(address, 'ip'), ...others];
}

/** Chains with names that are unique in the listener: Envoy does not ask for that. */
function readChains(reader: FieldReader<Listener>): FilterChainConfig[] {
  const taken = new Set<string>();
  const readers = reader.messages('filterChains');
  const chains = readers.map((chain, index) => {
    const read = readFilterChain(chain, `filter-chain-${index}`);
    const name = taken.has(read.name) ? `${read.name}-${index}` : read.name;
    taken.add(name);
    return { ...read, name };
  });
  const overlap = overlappingChains(chains.map(({ match }) => match));
  if (overlap) {
    const [first, second] = overlap;
    readers[second]?.refuse('filterChainMatch', `matches the same connections as filter_chains[${first}]`);
  }
  return chains;
}

/** What a default chain matches is never asked; a match is refused, as it would mislead. */
function readDefaultChain(reader: Parameters<typeof readFilterChain>[0]): FilterChainConfig {
  if (reader.has('filterChainMatch')) reader.refuse('filterChainMatch', 'is not for a default chain');
  return readFilterChain(reader, 'default-filter-chain');
}
