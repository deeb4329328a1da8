import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { kindRefOf } from '@malla/analyze';
import { kubeKind, type KubeClient } from '@malla/kube';
import { MallaError, type KindDefinition, type Resource } from '@malla/model';
import { logFields } from '@malla/observability';
import { keyOf, keyText } from '@malla/store';
import type { Logger } from 'pino';
import type { AnalysisIndex } from '../resources/analysis-index.ts';
import type { Condition } from '../resources/condition.ts';
import { deliveryCondition, type Deliveries, type ProxyDelivery } from '../resources/delivery-status.ts';
import type { ResourceReads } from '../resources/resource-reads.ts';
import type { ClusterObjects } from './cluster-objects.ts';
import { clusterStatus, type ClusterStatus } from './cluster-status.ts';
import { isFromConfigMap } from './mesh-config-map.ts';
import { mirroredKinds, writesStatusOf } from './mirrored-kinds.ts';
import type { Verdicts } from './verdicts.ts';

export interface StatusWriterParams {
  readonly client: KubeClient;
  readonly objects: ClusterObjects;
  readonly verdicts: Verdicts;
  readonly reads: ResourceReads;
  readonly analysis: AnalysisIndex;
  readonly deliveries: Deliveries;
  /** Counts changes of what is not stored and analysis looks at all the same. */
  readonly viewChanges: () => number;
  readonly logger: Logger;
  /** Between two rounds, in milliseconds; 1 s by default: no object is written more often. */
  readonly everyMs?: number;
}

/** As many statuses are written in a round; the rest has its turn in the next ones. */
const mostInRound = 50;
const atOnce = 5;

const kinds: readonly KindDefinition[] = mirroredKinds.filter(writesStatusOf);

/**
 * Writes into the cluster what became of its objects: accepted or not, delivered to the proxies, enforced, and what analysis found. Only what
 * has changed is written, by server-side apply at the version that it was computed for; an object that changes meanwhile has its turn again.
 */
export class StatusWriter {
  readonly #params: StatusWriterParams;
  readonly #stopping = new AbortController();
  /** What was written for an object, as long as the watch has not told of the next state of it. */
  readonly #written = new WeakMap<Resource, Written>();
  #running: Promise<void> = Promise.resolve();
  #next = 0;
  /** What the last round was about, if it left nothing to do. */
  #done = '';

  constructor(params: StatusWriterParams) {
    this.#params = params;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** Looks at every object if anything has changed since the last round, and writes what differs. */
  async round(): Promise<void> {
    const proxies = await this.#params.deliveries.list().catch(() => undefined);
    const about = this.#about(proxies);
    if (about === this.#done) return;
    const due = this.#due(proxies);
    // Each round begins where the last one ended, so that all have their turn.
    const first = Math.max(
      due.findIndex(({ order }) => order >= this.#next),
      0,
    );
    const turn = [...due.slice(first), ...due.slice(0, first)].slice(0, mostInRound);
    this.#next = (turn.at(-1)?.order ?? -1) + 1;
    const results: boolean[] = [];
    for (let from = 0; from < turn.length; from += atOnce)
      results.push(...(await Promise.all(turn.slice(from, from + atOnce).map((each) => this.#write(each)))));
    const complete = turn.length === due.length && results.every((written) => written);
    this.#done = complete ? about : '';
  }

  /** All that a status depends on, in short. */
  #about(proxies: readonly ProxyDelivery[] | undefined): string {
    const { objects, verdicts, reads, viewChanges } = this.#params;
    const deliveries = (proxies ?? []).map(({ id, namespace, revision, types = {} }) => [
      id,
      namespace,
      revision,
      Object.values(types).map(({ nacked }) => nacked?.message),
    ]);
    const counts = [objects.changes, verdicts.changes, reads.mirror.revision, viewChanges()];
    return JSON.stringify([counts, proxies !== undefined, deliveries]);
  }

  #due(proxies: readonly ProxyDelivery[] | undefined): readonly Due[] {
    const now = new Date().toISOString().replace(/\.\d{3}Z$/, 'Z');
    const deliveryAt = deliveries(proxies);
    const due: Due[] = [];
    let order = 0;
    for (const definition of kinds) {
      for (const object of this.#params.objects.of(definition.group, definition.kind)) {
        order++;
        if (isFromConfigMap(object)) continue;
        const status = this.#status(object, deliveryAt, now);
        if (status !== undefined && !this.#isWritten(object, status)) due.push({ definition, object, status, order });
      }
    }
    return due;
  }

  #status(object: Resource, deliveryAt: DeliveryAt, now: string): ClusterStatus | undefined {
    const { verdicts, reads, analysis } = this.#params;
    const { namespace = '', name } = object.metadata;
    const ref = kindRefOf(object);
    const findings = analysis.analyses(ref) ? analysis.findingsInList(ref, namespace, name) : undefined;
    const stored = reads.get(keyOf(object));
    const delivery = stored === undefined ? undefined : deliveryAt(stored.revision);
    return clusterStatus({ object, refusal: verdicts.of(object), stored, findings, delivery }, now);
  }

  /** What is compared with may be old: the watch has not told of our last write yet. */
  #isWritten(object: Resource, status: ClusterStatus): boolean {
    const written = this.#written.get(object);
    return (
      written !== undefined && (written.made || isDeepStrictEqual(withoutTimes(written.status), withoutTimes(status)))
    );
  }

  /** False if it has to be tried again. */
  async #write({ definition, object, status }: Due): Promise<boolean> {
    const { client, logger } = this.#params;
    const { name, namespace, uid, resourceVersion } = object.metadata;
    const { apiVersion, kind } = object;
    const metadata = { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion };
    const applied = { apiVersion, kind, metadata, status } as unknown as Resource;
    try {
      const after = await client.apply(
        kubeKind<Resource>(definition.group, kind),
        applied,
        'status',
        this.#stopping.signal,
      );
      this.#written.set(object, { status, made: after.metadata.resourceVersion !== resourceVersion });
      return true;
    } catch (thrown) {
      const { code, message } = MallaError.from(thrown);
      // It has changed, or is gone: the watch tells.
      if (code === 'conflict' || code === 'not_found' || this.#stopping.signal.aborted) return true;
      const facts = {
        [logFields.resource]: keyText(keyOf(object)),
        [logFields.code]: code,
        [logFields.reason]: message,
      };
      logger.warn(facts, 'Status cannot be written into the cluster');
      return false;
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.round();
      } catch (error) {
        this.#params.logger.error({ [logFields.error]: error }, 'Statuses cannot be told');
      }
      await sleep(this.#params.everyMs ?? 1_000, undefined, { signal }).catch(() => undefined);
    }
  }
}

interface Written {
  readonly status: ClusterStatus;
  /** The write has made a new version: nothing is written before the watch tells of it. */
  readonly made: boolean;
}

type DeliveryAt = (revision: number) => Condition | undefined;

/** How far proxies have a revision: counted once for each. */
function deliveries(proxies: readonly ProxyDelivery[] | undefined): DeliveryAt {
  if (proxies === undefined) return () => undefined;
  const known = new Map<number, Condition>();
  return (revision) => {
    const found = known.get(revision) ?? deliveryCondition(revision, proxies);
    known.set(revision, found);
    return found;
  };
}

function withoutTimes({ conditions, ...rest }: ClusterStatus): object {
  return { ...rest, conditions: conditions.map((each) => ({ ...each, lastTransitionTime: undefined })) };
}

interface Due {
  readonly definition: KindDefinition;
  readonly object: Resource;
  readonly status: ClusterStatus;
  /** Its place in the round. */
  readonly order: number;
}
