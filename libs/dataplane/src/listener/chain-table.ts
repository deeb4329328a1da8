import type { FilterChainMatch } from '@malla/proxy-config';
import { RangeTable } from './range-table.ts';

/** What the choice of a filter chain depends on. */
export interface ChainFacts {
  /** Original destination, when it was restored; a path and port 0 for a Unix socket. */
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Lower case; empty without. */
  readonly serverName: string;
  readonly transportProtocol: 'tls' | 'raw_buffer';
  /** ALPN, in the client's order. */
  readonly applicationProtocols: readonly string[];
}

type SourcePorts<C> = Map<number, C>;
type Sources<C> = RangeTable<SourcePorts<C>>;
type Applications<C> = Map<string, Sources<C>>;
type Transports<C> = Map<string, Applications<C>>;
type ServerNames<C> = Map<string, Transports<C>>;
type Destinations<C> = RangeTable<ServerNames<C>>;

const anyPort = 0;
const anyText = '';

/**
 * Filter chains by what they match, compiled to one table for each part of a match. Part by part the most specific value wins, and what was won is
 * never given up again: a chain with a matching port but a wrong name loses the connection even if another chain without a port would take it.
 * Source: Envoy's FilterChainManagerImpl::findFilterChain.
 */
export class ChainTable<C> {
  readonly #ports = new Map<number, Destinations<C>>();

  constructor(chains: readonly { readonly match: FilterChainMatch; readonly chain: C }[]) {
    for (const { match, chain } of chains) this.#add(match, chain);
  }

  /** Undefined when no chain matches. */
  find(facts: ChainFacts): C | undefined {
    const destinations = this.#ports.get(facts.localPort) ?? this.#ports.get(anyPort);
    const names = destinations?.find(facts.localAddress);
    const transports = names && findServerName(names, facts.serverName);
    const applications = transports && (transports.get(facts.transportProtocol) ?? transports.get(anyText));
    const sources = applications && findApplication(applications, facts.applicationProtocols);
    const ports = sources?.find(facts.remoteAddress);
    return ports && (ports.get(facts.remotePort) ?? ports.get(anyPort));
  }

  #add(match: FilterChainMatch, chain: C): void {
    const destinations = entry(this.#ports, match.destinationPort ?? anyPort, () => new RangeTable<ServerNames<C>>());
    for (const destination of orAny(match.destinationRanges)) {
      const names = destinations.at(destination, () => new Map());
      for (const name of match.serverNames.length === 0 ? [anyText] : match.serverNames) {
        const transports = entry(names, nameKey(name), () => new Map());
        const applications = entry(transports, match.transportProtocol ?? anyText, () => new Map());
        for (const application of match.applicationProtocols.length === 0 ? [anyText] : match.applicationProtocols) {
          const sources = entry(applications, application, () => new RangeTable<SourcePorts<C>>());
          for (const source of orAny(match.sourceRanges)) {
            const ports = sources.at(source, () => new Map());
            for (const port of match.sourcePorts.length === 0 ? [anyPort] : match.sourcePorts) {
              // Envoy refuses two chains with the same match; here the first one stays.
              if (!ports.has(port)) ports.set(port, chain);
            }
          }
        }
      }
    }
  }
}

function findServerName<C>(names: ServerNames<C>, serverName: string): Transports<C> | undefined {
  const exact = names.get(serverName);
  if (exact !== undefined) return exact;
  for (
    let dot = serverName.indexOf('.', 1);
    dot > 0 && dot < serverName.length - 1;
    dot = serverName.indexOf('.', dot + 1)
  ) {
    const found = names.get(serverName.slice(dot));
    if (found !== undefined) return found;
  }
  return names.get(anyText);
}

function findApplication<C>(applications: Applications<C>, offered: readonly string[]): Sources<C> | undefined {
  for (const protocol of offered) {
    const found = applications.get(protocol);
    if (found !== undefined) return found;
  }
  return applications.get(anyText);
}

/** `*.example.com` is kept as `.example.com`. */
function nameKey(name: string): string {
  return name.startsWith('*.') ? name.slice(1) : name;
}

function orAny<T>(values: readonly T[]): readonly (T | undefined)[] {
  return values.length === 0 ? [undefined] : values;
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
