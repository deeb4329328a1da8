import { setTimeout as wait } from 'node:timers/promises';
import { Backoff } from '@malla/grpc';
import { kubeKind, ListWatch, type KubeClient } from '@malla/kube';
import { MallaError, type ConfigMap, type Namespace } from '@malla/model';
import { logFields } from '@malla/observability';
import type { Logger } from 'pino';

/** Name and key of Istio, whose agents and tools look there. */
export const rootConfigMap = 'istio-ca-root-cert';
export const rootKey = 'root-cert.pem';

const configMaps = kubeKind<ConfigMap>('', 'ConfigMap');
const namespaces = kubeKind<Namespace>('', 'Namespace');
const atOnce = 5;
/** So long a ConfigMap is left as it is after we wrote it: two who both insist would write without end. */
const defaultPeaceMs = 10_000;

export interface RootPublisherParams {
  readonly client: KubeClient;
  /** The roots as PEM, as of now. */
  readonly roots: () => string;
  readonly logger: Logger;
  /** Told why roots may be missing somewhere, and with undefined when all are there. */
  readonly onState: (problem: string | undefined) => void;
  /** Between two writes of one ConfigMap, in milliseconds; 10 s by default. */
  readonly peaceMs?: number;
}

interface Write {
  readonly roots: string;
  /** Of performance.now(). */
  readonly at: number;
}

/**
 * Keeps the roots of the mesh in a ConfigMap of every namespace, where pods mount them: when a namespace comes, when the roots change, and when
 * somebody else changes or deletes it. Only that one key is ours.
 */
export class RootPublisher {
  readonly #params: RootPublisherParams;
  readonly #namespaces = new Set<string>();
  /** By namespace: what its ConfigMap says. */
  readonly #published = new Map<string, string | undefined>();
  readonly #written = new Map<string, Write>();
  readonly #stopping = new AbortController();
  readonly #watches: readonly (ListWatch<Namespace> | ListWatch<ConfigMap>)[];
  #failure: string | undefined;
  readonly #backoff = new Backoff({ initialMs: 200, maxMs: 10_000 });
  #running: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;

  constructor(params: RootPublisherParams) {
    this.#params = params;
    this.#watches = [this.#watchNamespaces(), this.#watchConfigMaps()];
  }

  start(): void {
    for (const watch of this.#watches) watch.start();
    this.#running = this.#run();
  }

  /** The roots have changed. */
  renew(): void {
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await Promise.all(this.#watches.map((watch) => watch.stop()));
    await this.#running;
  }

  #watchNamespaces(): ListWatch<Namespace> {
    const isActive = ({ metadata, status }: Namespace): boolean =>
      metadata.deletionTimestamp == null && (status as { phase?: string } | undefined)?.phase !== 'Terminating';
    const set = (object: Namespace): void => {
      const { name } = object.metadata;
      if (isActive(object)) this.#namespaces.add(name);
      else this.#namespaces.delete(name);
      this.#wake();
    };
    return new ListWatch<Namespace>({
      ...this.#watchParams(),
      kind: namespaces,
      handler: {
        set,
        delete: ({ metadata }) => {
          this.#namespaces.delete(metadata.name);
          this.#written.delete(metadata.name);
        },
        replace: (objects) => {
          this.#namespaces.clear();
          for (const object of objects) set(object);
        },
      },
    });
  }

  #watchConfigMaps(): ListWatch<ConfigMap> {
    const set = ({ metadata, data }: ConfigMap): void => {
      this.#published.set(metadata.namespace ?? '', data?.[rootKey]);
      this.#wake();
    };
    return new ListWatch<ConfigMap>({
      ...this.#watchParams(),
      kind: configMaps,
      fieldSelector: `metadata.name=${rootConfigMap}`,
      handler: {
        set,
        delete: ({ metadata }) => {
          this.#published.delete(metadata.namespace ?? '');
          this.#wake();
        },
        replace: (objects) => {
          this.#published.clear();
          for (const object of objects) set(object);
        },
      },
    });
  }

  #watchParams() {
    const { client, logger } = this.#params;
    return {
      client,
      logger,
      backoff: new Backoff({ initialMs: 200, maxMs: 15_000 }),
      onState: () => {
        this.#report();
        this.#wake();
      },
    };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      const laterMs = await this.#publish();
      this.#report();
      const failed = this.#failure !== undefined;
      if (!failed) this.#backoff.reset();
      const restMs = failed ? this.#backoff.next() : laterMs;
      const rest = restMs === undefined ? [] : [wait(restMs, undefined, { signal }).catch(() => undefined)];
      // A failure is not to be tried again at once, whatever changes meanwhile.
      await (failed ? Promise.all(rest) : Promise.race([woken, ...rest]));
    }
  }

  /** Writes where it is needed; returns when to look again, in milliseconds. */
  async #publish(): Promise<number | undefined> {
    if (!this.#watches.every(({ synced }) => synced)) return undefined;
    const roots = this.#params.roots();
    const due = [...this.#namespaces].filter((namespace) => this.#published.get(namespace) !== roots);
    const turn = due.filter((namespace) => this.#restMs(namespace, roots) <= 0);
    this.#failure = undefined;
    for (let from = 0; from < turn.length && !this.#stopping.signal.aborted; from += atOnce)
      await Promise.all(turn.slice(from, from + atOnce).map((each) => this.#write(each, roots)));
    const waits = due.map((namespace) => this.#restMs(namespace, roots)).filter((ms) => ms > 0);
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  /** How long a ConfigMap is to be left alone. New roots are written at once. */
  #restMs(namespace: string, roots: string): number {
    const written = this.#written.get(namespace);
    if (written?.roots !== roots) return 0;
    return written.at + (this.#params.peaceMs ?? defaultPeaceMs) - performance.now();
  }

  async #write(namespace: string, roots: string): Promise<void> {
    const { client, logger } = this.#params;
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: rootConfigMap, namespace, labels: { 'istio.io/config': 'true' } },
      data: { [rootKey]: roots },
    } as const;
    const [before, written] = [this.#published.get(namespace), this.#written.get(namespace)];
    try {
      await client.apply(configMaps, object, undefined, this.#stopping.signal);
    } catch (thrown) {
      const { code, message } = MallaError.from(thrown);
      // The namespace goes just now.
      if (this.#stopping.signal.aborted || code === 'not_found') return;
      this.#failure = `the roots cannot be published in namespace ${namespace}: ${message}`;
      logger.warn({ namespace, [logFields.reason]: message }, 'Roots cannot be published');
      return;
    }
    if (before !== undefined && written !== undefined && before !== written.roots)
      logger.warn({ namespace }, 'Roots of another authority were replaced: two of them serve this cluster');
    this.#written.set(namespace, { roots, at: performance.now() });
    this.#published.set(namespace, roots);
  }

  #report(): void {
    const waiting = this.#watches.find(({ state }) => state.phase === 'waiting');
    this.#params.onState(this.#failure ?? waiting?.state.reason);
  }
}
