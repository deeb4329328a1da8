import { stripPort } from './strip-port.ts';

/** Answers that are remembered before all are forgotten; authorities are the clients' to choose. */
const mostRemembered = 1_024;

/**
 * Finds what serves an authority, as Envoy searches: exact name, longest `*suffix`, longest `prefix*`, then `*`. Case does not count, nor does
 * the port unless `matchPorts`. The first that names a domain has it.
 * Source: https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto (VirtualHost.domains)
 */
export class HostTable<T> {
  readonly #matchPorts: boolean;
  readonly #exact = new Map<string, T>();
  /** Longest first; the text without its `*`. */
  readonly #suffixes: Wildcards<T>;
  readonly #prefixes: Wildcards<T>;
  readonly #any: T | undefined;
  readonly #remembered = new Map<string, T | undefined>();

  constructor(entries: readonly { readonly domains: readonly string[]; readonly value: T }[], matchPorts: boolean) {
    this.#matchPorts = matchPorts;
    const suffixes = new Map<string, T>();
    const prefixes = new Map<string, T>();
    let any: T | undefined;
    for (const { domains, value } of entries) {
      for (const domain of domains.map((text) => text.toLowerCase())) {
        if (domain === '*') any ??= value;
        else if (domain.startsWith('*')) setFirst(suffixes, domain.slice(1), value);
        else if (domain.endsWith('*')) setFirst(prefixes, domain.slice(0, -1), value);
        else setFirst(this.#exact, domain, value);
      }
    }
    this.#any = any;
    this.#suffixes = new Wildcards(suffixes, (host, length) => host.slice(host.length - length));
    this.#prefixes = new Wildcards(prefixes, (host, length) => host.slice(0, length));
  }

  find(authority: string): T | undefined {
    const known = this.#remembered.get(authority);
    if (known !== undefined) return known;
    const found = this.#search((this.#matchPorts ? authority : stripPort(authority)).toLowerCase());
    if (this.#remembered.size >= mostRemembered) this.#remembered.clear();
    this.#remembered.set(authority, found);
    return found;
  }

  #search(host: string): T | undefined {
    return this.#exact.get(host) ?? this.#suffixes.find(host) ?? this.#prefixes.find(host) ?? this.#any;
  }
}

/** Wildcard domains of one side. A wildcard stands for at least one character. */
class Wildcards<T> {
  readonly #byText: ReadonlyMap<string, T>;
  readonly #lengths: readonly number[];
  readonly #cut: (host: string, length: number) => string;

  constructor(byText: ReadonlyMap<string, T>, cut: (host: string, length: number) => string) {
    this.#byText = byText;
    this.#lengths = [...new Set([...byText.keys()].map(({ length }) => length))].sort((a, b) => b - a);
    this.#cut = cut;
  }

  find(host: string): T | undefined {
    for (const length of this.#lengths) {
      if (length >= host.length) continue;
      const found = this.#byText.get(this.#cut(host, length));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function setFirst<T>(table: Map<string, T>, key: string, value: T): void {
  if (!table.has(key)) table.set(key, value);
}
