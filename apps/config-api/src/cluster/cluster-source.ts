import { randomUUID } from 'node:crypto';
import { sleep } from '@malla/grpc';
import type { KubeClient } from '@malla/kube';
import { logFields } from '@malla/observability';
import type { Leadership } from '@malla/store-prisma';
import type { Context, CoreParts } from '../open-parts.ts';
import { Commits } from '../resources/commits.ts';
import type { Deliveries } from '../resources/delivery-status.ts';
import { ClusterMirror } from './cluster-mirror.ts';
import { StatusWriter } from './status-writer.ts';
import { isWhole } from './whole-mark.ts';

/** Name of the work that one replica does. */
const leadershipName = 'kubernetes';
const lookEveryMs = 100;

export interface ClusterSourceParams {
  readonly context: Context;
  readonly core: CoreParts;
  readonly client: KubeClient;
  readonly deliveries: Deliveries;
}

/** What mirrors the cluster while this replica is in charge of it. */
interface Work {
  stop(): Promise<void>;
}

/**
 * The cluster as the source of the configuration: one replica of all mirrors it and writes statuses back, every replica serves what is stored.
 */
export class ClusterSource {
  readonly #params: ClusterSourceParams;
  readonly #leadership: Leadership;
  #work: Work | undefined;

  constructor(params: ClusterSourceParams) {
    this.#params = params;
    this.#leadership = params.core.opened.leadership({
      name: leadershipName,
      onChange: (leading) => (leading ? this.#begin() : this.#end()),
    });
  }

  start(): void {
    const check = this.#params.context.health.check('kubernetes');
    if (this.#isWhole) check.ok();
    else check.down('the cluster has not been mirrored yet');
    this.#leadership.start();
  }

  /** Resolves once the store holds a whole mirror, of now or of earlier: half of a configuration must not be served. */
  async whenWhole(signal: AbortSignal): Promise<void> {
    while (!this.#isWhole && !signal.aborted) await sleep(lookEveryMs, signal);
    if (!signal.aborted && this.#work === undefined) this.#params.context.health.check('kubernetes').ok();
  }

  async stop(): Promise<void> {
    await this.#leadership.stop();
  }

  get #isWhole(): boolean {
    return isWhole((key) => this.#params.core.reads.get(key));
  }

  #begin(): Promise<void> {
    const { context, core, client, deliveries } = this.#params;
    const { logger, settings, health } = context;
    logger.info({ [logFields.address]: client.server }, 'This replica mirrors the cluster');
    const check = health.check('kubernetes');
    const { reads, analysis, admission } = core;
    const mirror = new ClusterMirror({
      client,
      rootNamespace: settings.rootNamespace,
      secretNamespaces: settings.secretNamespaces ?? [settings.rootNamespace],
      reads,
      commits: new Commits(core.opened.store, reads),
      admission,
      newId: randomUUID,
      logger,
      onState: (problem) => {
        if (!this.#isWhole)
          check.down(`the cluster has not been mirrored yet${problem === undefined ? '' : `: ${problem}`}`);
        else if (problem !== undefined)
          check.degraded(`the last state that is known of the cluster is served: ${problem}`);
        else check.ok();
      },
    });
    const { objects, verdicts } = mirror;
    const viewChanges = (): number => core.cluster?.view.serviceChanges ?? 0;
    const statuses = new StatusWriter({ client, objects, verdicts, reads, analysis, deliveries, viewChanges, logger });
    mirror.start();
    statuses.start();
    this.#work = {
      stop: async () => {
        await statuses.stop();
        await mirror.stop();
      },
    };
    return Promise.resolve();
  }

  async #end(): Promise<void> {
    const work = this.#work;
    this.#work = undefined;
    await work?.stop();
    if (work === undefined) return;
    this.#params.context.logger.info('This replica mirrors the cluster no longer');
    this.#params.context.health.check('kubernetes').ok();
  }
}
