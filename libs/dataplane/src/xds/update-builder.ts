import type { WorkerUpdate } from '../runtime/update.ts';
import type { Accepted, Kind } from './accepted.ts';

/** What the workers should have. */
export interface Target {
  readonly secrets: readonly Accepted<'secret'>[];
  readonly clusters: readonly Accepted<'cluster'>[];
  /** Only of clusters that are among `clusters`. */
  readonly endpoints: readonly Accepted<'endpoint'>[];
  readonly routes: readonly Accepted<'route'>[];
  readonly listeners: readonly Accepted<'listener'>[];
}

/** Makes updates from what should be and what was sent before. */
export class UpdateBuilder {
  #sequence = 0;
  readonly #secrets = new Sent<'secret'>();
  readonly #clusters = new Sent<'cluster'>();
  readonly #endpoints = new Sent<'endpoint'>();
  readonly #routes = new Sent<'route'>();
  readonly #listeners = new Sent<'listener'>();

  /** Undefined when nothing is different. Whoever gets it sends it: the next difference begins from it. */
  difference(target: Target): WorkerUpdate | undefined {
    const clusters = this.#clusters.next(target.clusters);
    // A cluster that is replaced begins without endpoints.
    const replaced = new Set(
      clusters.set.map(({ discovery }) => (discovery.kind === 'eds' ? discovery.serviceName : '')),
    );
    const parts = {
      secrets: this.#secrets.next(target.secrets),
      clusters,
      endpoints: this.#endpoints.next(target.endpoints, replaced),
      routes: this.#routes.next(target.routes),
      listeners: this.#listeners.next(target.listeners),
    };
    if (Object.values(parts).every(({ set, removed }) => set.length + removed.length === 0)) return undefined;
    return {
      sequence: ++this.#sequence,
      secrets: parts.secrets.set,
      clusters: parts.clusters.set,
      endpoints: parts.endpoints.set,
      routes: parts.routes.set,
      listeners: parts.listeners.set,
      removed: {
        secrets: parts.secrets.removed,
        clusters: parts.clusters.removed,
        endpoints: parts.endpoints.removed,
        routes: parts.routes.removed,
        listeners: parts.listeners.removed,
      },
    };
  }

  /** All that was sent so far and is still wanted. */
  everything(): WorkerUpdate {
    return {
      sequence: this.#sequence,
      secrets: this.#secrets.all(),
      clusters: this.#clusters.all(),
      endpoints: this.#endpoints.all(),
      routes: this.#routes.all(),
      listeners: this.#listeners.all(),
      removed: { secrets: [], clusters: [], endpoints: [], routes: [], listeners: [] },
    };
  }

  /** A listener of the last update was refused by some worker: the next update sets the one before again, or removes it. */
  forgetListener(name: string, before: Accepted<'listener'> | undefined): void {
    this.#listeners.spoil(name, before);
  }
}

/** What was sent of one kind. */
class Sent<K extends Kind> {
  #byName = new Map<string, Accepted<K>>();
  readonly #spoilt = new Set<string>();

  next(
    wanted: readonly Accepted<K>[],
    again: ReadonlySet<string> = new Set(),
  ): { readonly set: readonly Accepted<K>['config'][]; readonly removed: readonly string[] } {
    const byName = new Map(wanted.map((each) => [each.name, each]));
    const changed = wanted.filter(
      (each) => this.#byName.get(each.name) !== each || this.#spoilt.has(each.name) || again.has(each.name),
    );
    const removed = [...new Set([...this.#byName.keys(), ...this.#spoilt])].filter((name) => !byName.has(name));
    this.#spoilt.clear();
    this.#byName = byName;
    return { set: changed.map(({ config }) => config), removed };
  }

  all(): readonly Accepted<K>['config'][] {
    return [...this.#byName.values()].map(({ config }) => config);
  }

  spoil(name: string, before: Accepted<K> | undefined): void {
    this.#spoilt.add(name);
    if (before === undefined) this.#byName.delete(name);
    else this.#byName.set(name, before);
  }
}
