import type { EncodedResource } from '@malla/protos';
import type { ResourcesByName } from '@malla/xds';
import type { Accepted, Kind, Refusal, ResourceReader } from './accepted.ts';

export interface ResourceTableParams<K extends Kind> {
  readonly kind: K;
  readonly reader: ResourceReader;
  /** Given at the start; discovery cannot change them. */
  readonly fixed: readonly Accepted<K>[];
  /** Wall-clock milliseconds. */
  readonly now: () => number;
}

/** Says what is wrong with a configuration, or undefined when nothing is. */
type Check<K extends Kind> = (config: Accepted<K>['config']) => string | undefined;

/** The resources of one kind that were understood. A refused version leaves the one before in place. */
export class ResourceTable<K extends Kind> {
  readonly #params: ResourceTableParams<K>;
  readonly #byName = new Map<string, Accepted<K>>();
  readonly #fixed: ReadonlySet<string>;
  /** What was looked at last, accepted or not. */
  readonly #seen = new Map<string, EncodedResource>();

  constructor(params: ResourceTableParams<K>) {
    this.#params = params;
    this.#fixed = new Set(params.fixed.map(({ name }) => name));
    for (const accepted of params.fixed) this.#byName.set(accepted.name, accepted);
  }

  get(name: string): Accepted<K> | undefined {
    return this.#byName.get(name);
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  values(): readonly Accepted<K>[] {
    return [...this.#byName.values()];
  }

  isFixed(name: string): boolean {
    return this.#fixed.has(name);
  }

  /**
   * Takes resources of the kind that discovery tells now; reads those that are new.
   * @param whole what is not among them is gone
   * @param check says what is wrong with a configuration that reads well by itself
   */
  take(resources: ResourcesByName, whole: boolean, check: Check<K> = () => undefined): readonly Refusal[] {
    const refusals: Refusal[] = [];
    for (const [name, resource] of resources) {
      if (this.#seen.get(name) === resource || this.#fixed.has(name)) continue;
      this.#seen.set(name, resource);
      // A client that went back to what was good tells the same resource again.
      if (this.#byName.get(name)?.resource === resource) continue;
      const message = this.#accept(name, resource, check);
      if (message !== undefined) refusals.push({ name, version: resource.version, message });
    }
    if (whole) this.keepOnly(new Set(resources.keys()));
    return refusals;
  }

  /** Forgets all others, but never what is fixed. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#seen.keys()) if (!names.has(name)) this.#seen.delete(name);
    for (const name of this.#byName.keys()) if (!names.has(name) && !this.#fixed.has(name)) this.#byName.delete(name);
  }

  /** What was accepted turned out not to work: the one before comes back, or none. */
  revert(name: string, before: Accepted<K> | undefined): void {
    if (before === undefined) this.#byName.delete(name);
    else this.#byName.set(name, before);
  }

  #accept(name: string, resource: EncodedResource, check: Check<K>): string | undefined {
    const { kind, reader, now } = this.#params;
    const before = this.#byName.get(name);
    if (before?.resource !== undefined && Buffer.compare(before.resource.any.value, resource.any.value) === 0) {
      // Told again, as a server does that has been started anew: nothing that is at work is replaced by its like. So does Envoy.
      before.resource = resource;
      return undefined;
    }
    const read = reader.read(kind, resource);
    if (!read.ok) return read.message;
    const problem = check(read.config);
    if (problem !== undefined) return problem;
    this.#byName.set(name, { name, config: read.config, resource, updatedAt: now() });
    return undefined;
  }
}
