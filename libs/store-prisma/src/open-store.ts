import { setTimeout as sleep } from 'node:timers/promises';
import type { MallaError } from '@malla/model';
import type { WakeUps } from '@malla/store';
import { AuditLog } from './audit-log.ts';
import { databaseError, openDatabase } from './database.ts';
import { EmbeddedPostgres } from './embedded/embedded-postgres.ts';
import { PrismaStore } from './prisma-store.ts';
import { Leadership, type LeadershipParams } from './leadership.ts';
import { loadSecretKeys, SecretKeyring } from './secret-cipher.ts';
import { leaveServerAt } from './server-use.ts';
import { TokenTable } from './token-table.ts';

export interface OpenStoreParams {
  /** A Postgres of the user's. Without it Malla runs its own in `postgresFolder`. */
  readonly databaseUrl?: string;
  readonly postgresFolder: string;
  /** Made on first use; replicas of one database share it. */
  readonly secretKeyFile: string;
  readonly meshId: string;
  readonly keepRevisions?: number;
  readonly wakeUps?: WakeUps;
  readonly onAvailability: (failure: MallaError | undefined) => void;
  readonly onAuditFailure: (error: unknown, waiting: number) => void;
  /** Told when our own Postgres died and was started again, or could not be. */
  readonly onRevived: (failure: unknown) => void;
}

/** Everything that config-api keeps in its database. */
export interface OpenedStore {
  readonly store: PrismaStore;
  readonly tokens: TokenTable;
  readonly audit: AuditLog;
  /** True if the database is Malla's own. */
  readonly embedded: boolean;
  /** A work of which one process of this mesh is in charge. It is to be stopped before the store is closed. */
  leadership(params: Omit<LeadershipParams, 'url'>): Leadership;
  /** Closes all; stops our own Postgres unless another process still uses it. */
  close(): Promise<void>;
}

const watchServerEveryMs = 300;
const mostOpenAttempts = 5;
const openRetryMs = 100;

/** Opens the store over the given database, or over an own Postgres that is kept alive as long as the store is open. */
export async function openStore(params: OpenStoreParams): Promise<OpenedStore> {
  const { databaseUrl, postgresFolder, onRevived } = params;
  if (databaseUrl !== undefined) return { ...(await openParts(databaseUrl, params)), embedded: false };
  const server = await EmbeddedPostgres.open(postgresFolder);
  const parts = await openOver(server, params);
  const guard = keepAlive(server, onRevived);
  const close = async (): Promise<void> => {
    // First of all: what it is just starting must be there to be stopped, and holds what the rest wants to write.
    await guard.end();
    await parts.close(() => server.stop());
  };
  return { ...parts, embedded: true, close };
}

/** Opens the parts; tries again when the last user of the server stops it just now. A server that only we use does not outlive a failure. */
async function openOver(server: EmbeddedPostgres, params: OpenStoreParams): Promise<OpenedParts> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await openParts(server.url, params);
    } catch (error) {
      if (attempt === mostOpenAttempts || databaseError(error).code !== 'unavailable') {
        await leaveServerAt(server.url, () => server.stop());
        throw error;
      }
      await sleep(openRetryMs);
      await server.revive();
    }
  }
}

interface OpenedParts extends Pick<OpenedStore, 'store' | 'tokens' | 'audit' | 'leadership'> {
  /** Runs the action when all is closed and no other process uses the server; see {@link PrismaStore.close}. */
  close(whenAlone?: () => Promise<void>): Promise<void>;
}

async function openParts(url: string, params: OpenStoreParams): Promise<OpenedParts> {
  const { meshId, onAuditFailure } = params;
  const database = await openDatabase(url);
  const { prisma } = database;
  let store: PrismaStore | undefined;
  try {
    store = await PrismaStore.open({ ...storeParams(params), database });
    const opened = { store, tokens: await TokenTable.open({ prisma, meshId }) };
    const audit = new AuditLog({ prisma, meshId, onFailure: onAuditFailure });
    const close = async (whenAlone?: () => Promise<void>): Promise<void> => {
      opened.tokens.close();
      await audit.close();
      const end = async (): Promise<void> => {
        await database.close();
        await whenAlone?.();
      };
      await opened.store.close(whenAlone && end);
      await database.close();
    };
    const leadership: OpenedStore['leadership'] = ({ name, ...rest }) =>
      new Leadership({ ...rest, url, name: `${meshId}/${name}` });
    return { ...opened, audit, leadership, close };
  } catch (error) {
    await store?.close();
    await database.close();
    throw error;
  }
}

function storeParams({ meshId, keepRevisions, wakeUps, onAvailability, secretKeyFile }: OpenStoreParams) {
  return {
    meshId,
    cipher: new SecretKeyring(loadSecretKeys(secretKeyFile)),
    onAvailability,
    ...(keepRevisions === undefined ? {} : { keepRevisions }),
    ...(wakeUps === undefined ? {} : { wakeUps }),
  };
}

interface ServerGuard {
  /** Resolves when a start that was under way has worked or failed. */
  end(): Promise<void>;
}

/** Starts the server again whenever it is gone; the clients reconnect by themselves, for it keeps its port. */
function keepAlive(server: EmbeddedPostgres, onRevived: (failure: unknown) => void): ServerGuard {
  const ending = new AbortController();
  const { signal } = ending;
  const guard = async (): Promise<void> => {
    for (;;) {
      await sleep(watchServerEveryMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      if (server.running) continue;
      try {
        await server.revive(signal);
        onRevived(undefined);
      } catch (error) {
        if (!signal.aborted) onRevived(error);
      }
    }
  };
  const guarding = guard();
  return {
    end: () => {
      ending.abort();
      return guarding;
    },
  };
}
