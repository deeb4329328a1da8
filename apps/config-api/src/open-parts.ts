import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { Backoff, sleep } from '@malla/grpc';
import { MallaError } from '@malla/model';
import type { ServiceContext } from '@malla/observability';
import { ResourceMirror, type WakeUps } from '@malla/store';
import { openStore, type OpenedStore } from '@malla/store-prisma';
import { kubeAccess, KubeClient } from '@malla/kube';
import { Authorizer } from './access/authorizer.ts';
import { ensureRoles } from './access/ensure-roles.ts';
import { EscalationCheck } from './access/escalation-check.ts';
import { RbacIndex } from './access/rbac-index.ts';
import { ClusterView } from './cluster/cluster-view.ts';
import { clusterGate, openGate } from './cluster/refuse-writes.ts';
import { MeshState } from './effective/mesh-state.ts';
import type { EventRecorder } from './controllers/event-recorder.ts';
import { openControllers, type Controllers } from './controllers/open-controllers.ts';
import { Admission } from './resources/admission.ts';
import { AnalysisIndex } from './resources/analysis-index.ts';
import { MirrorFeed, type MirrorFollower } from './resources/mirror-feed.ts';
import { ensureNamespaces } from './resources/namespaces.ts';
import { ResourceHistory } from './resources/resource-history.ts';
import { ResourceReads } from './resources/resource-reads.ts';
import { ResourceWrites } from './resources/resource-writes.ts';
import { ValidationMetrics } from './resources/validation-metrics.ts';
import type { StampParams } from './resources/stamp.ts';
import type { configApiSettings } from './settings.ts';

export type Context = ServiceContext<typeof configApiSettings>;

/** Everything behind the two faces of config-api. */
export interface CoreParts {
  readonly opened: OpenedStore;
  readonly mirror: ResourceMirror;
  readonly reads: ResourceReads;
  readonly writes: ResourceWrites;
  readonly history: ResourceHistory;
  readonly authorizer: Authorizer;
  readonly recorder: EventRecorder;
  readonly analysis: AnalysisIndex;
  readonly admission: Admission;
  /** The cluster that is the source of the configuration; undefined without one. */
  readonly cluster: { readonly client: KubeClient; readonly view: ClusterView } | undefined;
  /** The stored configuration as discovery translates it. */
  readonly mesh: MeshState;
  close(): Promise<void>;
}

export interface OpenCoreParams {
  readonly context: Context;
  readonly wakeUps: WakeUps | undefined;
  /** Ends the wait for a database that is away. */
  readonly signal: AbortSignal;
}

/** Opens store, mirror and the verbs over them. Waits for a database that is out of reach, saying so. */
export async function openCore({ context, wakeUps, signal }: OpenCoreParams): Promise<CoreParts> {
  const { settings, logger, health } = context;
  const check = health.check('database');
  let available = true;
  const onAvailability = (failure: MallaError | undefined): void => {
    available = failure === undefined;
    if (failure === undefined) {
      check.ok();
      logger.info('Database is back');
    } else {
      check.degraded(`reads from memory, writes are refused: ${failure.message}`);
      logger.error({ err: failure }, 'Database is out of reach');
    }
  };
  const opened = await untilAvailable({
    context,
    signal,
    open: () => openStore({ ...storeParams(context), ...(wakeUps === undefined ? {} : { wakeUps }), onAvailability }),
  });
  check.ok();
  const { store } = opened;
  const mirror = new ResourceMirror();
  const analysis = new AnalysisIndex(settings.domainSuffix, Date.now);
  const reads = new ResourceReads({ store, mirror, isAvailable: () => available });
  const stamp: StampParams = { newUid: randomUUID, now: () => new Date() };
  const admission = new Admission(analysis, new ValidationMetrics(context.metrics));
  const mesh = new MeshState(settings);
  const rbac = new RbacIndex();
  const cluster = openClusterParts(context, [analysis, mesh]);
  const authorizer = new Authorizer(rbac);
  const escalation = new EscalationCheck(authorizer);
  const writes = new ResourceWrites({
    store,
    reads,
    admission,
    stamp,
    escalation,
    gate: cluster === undefined ? openGate : clusterGate(cluster.client.server),
    onWarnings: (about, warnings) =>
      controllers.recorder.record({ about, type: 'Warning', reason: 'Findings', message: warnings.join('; ') }),
  });
  const controllers: Controllers = openControllers({ context, store, mirror, writes });
  const followers = [analysis, mesh, rbac, controllers.collector, cluster?.view ?? []].flat();
  const feed = new MirrorFeed({ store, mirror, followers, logger });
  const close = async (): Promise<void> => {
    await cluster?.view.stop();
    await cluster?.client.close();
    await controllers.stop();
    await feed.stop();
    await opened.close();
  };
  await startOrClose(async () => {
    await feed.start();
    await ensureNamespaces(store, stamp);
    await ensureRoles(store, stamp);
    controllers.start();
    cluster?.view.start();
  }, close);
  const history = new ResourceHistory({ store, reads, writes });
  const { recorder } = controllers;
  return { opened, mirror, reads, writes, history, authorizer, recorder, analysis, admission, cluster, mesh, close };
}

function openClusterParts(context: Context, followers: readonly MirrorFollower[]): CoreParts['cluster'] {
  const access = kubeAccess(context.settings);
  if (access === undefined) return undefined;
  const client = new KubeClient(access);
  return { client, view: new ClusterView({ client, followers, logger: context.logger }) };
}

/** Starts what is open, or closes it again: whoever opens a thing that fails to start gets no object to close. */
export async function startOrClose(start: () => Promise<void>, close: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    await close().catch(() => undefined);
    throw error;
  }
}

function storeParams({ settings, logger }: Context) {
  const { databaseUrl, stateDir, meshId, keepRevisions } = settings;
  return {
    ...(databaseUrl === undefined ? {} : { databaseUrl: databaseUrl.reveal() }),
    postgresFolder: settings.postgresDir ?? path.join(stateDir, 'postgres'),
    secretKeyFile: settings.secretKeyFile ?? path.join(stateDir, 'secret.key'),
    meshId,
    keepRevisions,
    onAuditFailure: (error: unknown, waiting: number) =>
      logger.warn({ err: error, waiting }, 'Audit records wait for the database'),
    onRevived: (failure: unknown) => {
      if (failure === undefined) logger.warn('Postgres had died and was started again');
      else logger.error({ err: failure }, 'Postgres has died and does not start');
    },
  };
}

interface UntilAvailableParams<T> {
  readonly context: Context;
  readonly signal: AbortSignal;
  readonly open: () => Promise<T>;
}

async function untilAvailable<T>({ context, signal, open }: UntilAvailableParams<T>): Promise<T> {
  const { logger, health, settings } = context;
  const backoff = new Backoff({ initialMs: 250, maxMs: 5_000 });
  for (;;) {
    try {
      return await open();
    } catch (thrown) {
      const error = MallaError.from(thrown);
      // A database of the user's may come up later than we do; an own one that fails needs help.
      if (error.code !== 'unavailable' || settings.databaseUrl === undefined || signal.aborted) throw error;
      const retryInMs = backoff.next();
      health.check('database').down(error.message);
      logger.warn({ reason: error.message, retryInMs }, 'Waiting for the database');
      await sleep(retryInMs, signal);
    }
  }
}
