import type { MallaError } from '@malla/model';
import type { WakeUps } from '@malla/store';
import { AuditLog } from './audit-log.ts';
import { openDatabase, type Database } from './database.ts';
import { EmbeddedPostgres } from './embedded/embedded-postgres.ts';
import { PrismaStore } from './prisma-store.ts';
import { AesSecretCipher, loadSecretKey } from './secret-cipher.ts';
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
  /** Closes all; stops our own Postgres unless another process still uses it. */
  close(): Promise<void>;
}

const watchServerEveryMs = 300;

/** Opens the store over the given database, or over an own Postgres that is kept alive as long as the store is open. */
export async function openStore(params: OpenStoreParams): Promise<OpenedStore> {
  const server = params.databaseUrl === undefined ? await EmbeddedPostgres.open(params.postgresFolder) : undefined;
  const database = await openDatabase(server?.url ?? (params.databaseUrl as string));
  const guard = server === undefined ? undefined : keepAlive(server, params.onRevived);
  try {
    const parts = await openParts(database, params);
    const close = async (): Promise<void> => {
      clearInterval(guard);
      parts.tokens.close();
      await parts.audit.close();
      const alone = await parts.store.close();
      await database.close();
      if (alone) await server?.stop();
    };
    return { ...parts, embedded: server !== undefined, close };
  } catch (error) {
    clearInterval(guard);
    await database.close();
    throw error;
  }
}

async function openParts(database: Database, params: OpenStoreParams) {
  const { meshId, keepRevisions, wakeUps, onAvailability } = params;
  const store = await PrismaStore.open({
    database,
    meshId,
    cipher: new AesSecretCipher(loadSecretKey(params.secretKeyFile)),
    onAvailability,
    ...(keepRevisions === undefined ? {} : { keepRevisions }),
    ...(wakeUps === undefined ? {} : { wakeUps }),
  });
  const tokens = await TokenTable.open({ prisma: database.prisma, meshId });
  const audit = new AuditLog({ prisma: database.prisma, meshId, onFailure: params.onAuditFailure });
  return { store, tokens, audit };
}

/** Starts the server again whenever it is gone; the clients reconnect by themselves, for it keeps its port. */
function keepAlive(server: EmbeddedPostgres, onRevived: (failure: unknown) => void): NodeJS.Timeout {
  let reviving = false;
  const look = async (): Promise<void> => {
    if (reviving || server.running) return;
    reviving = true;
    try {
      await server.revive();
      onRevived(undefined);
    } catch (error) {
      onRevived(error);
    }
    reviving = false;
  };
  return setInterval(() => void look(), watchServerEveryMs).unref();
}
