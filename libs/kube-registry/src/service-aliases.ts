import type { KubeService } from './kube-service.ts';

/** Longer chains of ExternalName Services are a loop, or nothing that a person meant. */
const maxChain = 8;

/**
 * The Services that stand for others: an ExternalName Service whose name is another Service's host gives that one a further host. One that names a
 * host outside the mesh is nothing to proxies: its clients' traffic passes as to any other unknown host.
 * Source: Istio, ENABLE_EXTERNAL_NAME_ALIAS, pilot/pkg/model/push_context.go, resolveServiceAliases.
 */
export class ServiceAliases {
  /** Host to the host that it stands for. */
  readonly #targets = new Map<string, string>();
  /** Host to the hosts that name it. */
  readonly #sources = new Map<string, Set<string>>();

  /** Takes note of a Service, or (undefined) of its end. Returns the hosts whose aliases may differ now. */
  set(host: string, service: KubeService | undefined): readonly string[] {
    const before = this.#targets.get(host);
    const after = service?.externalName;
    if (before === after) return [];
    const affected = this.#ends(host);
    if (before !== undefined) {
      this.#targets.delete(host);
      const sources = this.#sources.get(before);
      sources?.delete(host);
      if (sources?.size === 0) this.#sources.delete(before);
    }
    if (after !== undefined) {
      this.#targets.set(host, after);
      this.#sources.set(after, (this.#sources.get(after) ?? new Set()).add(host));
    }
    return [...new Set([...affected, ...this.#ends(host)])];
  }

  /** Hosts that stand for this one, directly or by others that do, sorted. */
  of(host: string): readonly string[] {
    const found = new Set<string>();
    let next = [host];
    for (let depth = 0; depth < maxChain && next.length > 0; depth++) {
      next = next.flatMap((target) => [...(this.#sources.get(target) ?? [])]).filter((source) => source !== host);
      for (const source of next) found.add(source);
    }
    return [...found].sort();
  }

  /** What a host leads to, step by step. */
  #ends(host: string): readonly string[] {
    const ends: string[] = [];
    for (let at = this.#targets.get(host); at !== undefined && ends.length < maxChain; at = this.#targets.get(at))
      ends.push(at);
    return ends;
  }
}
