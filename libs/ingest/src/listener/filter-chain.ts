import type { FilterChainConfig, FilterChainMatch } from '@malla/proxy-config';
import type {
  FilterChain,
  FilterChainMatch as FilterChainMatchMessage,
} from '@malla/protos/gen/envoy/config/listener/v3/listener_components_pb';
import { readDownstreamSocket } from '../tls/transport-socket.ts';
import { readCidrRange } from '../wire/address.ts';
import type { FieldReader } from '../wire/field-reader.ts';
import { readMetadata } from '../wire/metadata.ts';
import { readNetworkFilters } from './network-filters.ts';

/** A filter chain; `name` is for one that xDS does not name. */
export function readFilterChain(reader: FieldReader<FilterChain>, name: string): FilterChainConfig {
  // PROXY protocol is refused like all that is not taken; false is what happens anyway.
  reader.expect('useProxyProto', false);
  const filters = reader.messages('filters');
  if (filters.length === 0) reader.refuse('filters', 'must not be empty');
  const own = reader.take('name');
  const tls = readDownstreamSocket(reader.message('transportSocket'));
  return {
    name: own === '' ? name : own,
    match: readMatch(reader.message('filterChainMatch')),
    ...(tls && { tls }),
    transportSocketConnectTimeoutMs: reader.duration('transportSocketConnectTimeout') ?? 0,
    filters: readNetworkFilters(filters),
    metadata: readMetadata(reader.message('metadata')),
  };
}

function readMatch(reader: FieldReader<FilterChainMatchMessage> | undefined): FilterChainMatch {
  if (!reader) {
    return { destinationRanges: [], serverNames: [], applicationProtocols: [], sourceRanges: [], sourcePorts: [] };
  }
  const destinationPort = reader.take('destinationPort');
  const transportProtocol = readTransportProtocol(reader);
  return {
    ...(destinationPort !== undefined && { destinationPort }),
    destinationRanges: reader.messages('prefixRanges').map(readCidrRange),
    serverNames: readServerNames(reader),
    ...(transportProtocol && { transportProtocol }),
    applicationProtocols: reader.take('applicationProtocols'),
    sourceRanges: reader.messages('sourcePrefixRanges').map(readCidrRange),
    sourcePorts: reader.take('sourcePorts'),
  };
}

function readTransportProtocol(reader: FieldReader<FilterChainMatchMessage>): 'tls' | 'raw_buffer' | undefined {
  const protocol = reader.take('transportProtocol');
  if (protocol === 'tls' || protocol === 'raw_buffer') return protocol;
  if (protocol !== '') reader.refuse('transportProtocol', `${protocol} is not supported`);
  return undefined;
}

/** Envoy takes `*.` in front only. */
function readServerNames(reader: FieldReader<FilterChainMatchMessage>): string[] {
  const names = reader.take('serverNames').map((name) => name.toLowerCase());
  for (const name of names) {
    const rest = name.startsWith('*.') ? name.slice(2) : name;
    if (rest.includes('*') || name === '') reader.refuse('serverNames', `${name} is no server name or suffix`);
  }
  return names;
}
