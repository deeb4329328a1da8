import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { MallaError } from '@malla/model';
import type { Client } from 'pg';

/** The committed SQL, beside the sources and beside `dist` alike. */
export const migrationsFolder = path.join(import.meta.dirname, '..', 'prisma', 'migrations');

/** Any number that only Malla's migrations use. */
const migrationLock = 72_707_369;

/** Prisma's own table, so that its tools can read what was applied. */
const journal = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL,
  logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`;

/**
 * Applies the migrations that are missing, each in a transaction, one process at a time. Gives the names applied. Throws
 * `conflict` when a migration was edited after it was applied, or the database is newer than this program.
 */
export async function migrate(client: Client, folder = migrationsFolder): Promise<readonly string[]> {
  await client.query('SELECT pg_advisory_lock($1)', [migrationLock]);
  try {
    await client.query(journal);
    const applied = await appliedMigrations(client);
    const names = fs
      .readdirSync(folder)
      .filter((name) => /^\d/.test(name))
      .sort();
    refuseUnknown(applied, names);
    const done: string[] = [];
    for (const name of names) if (await applyMigration(client, { folder, name, applied })) done.push(name);
    return done;
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [migrationLock]);
  }
}

async function appliedMigrations(client: Client): Promise<ReadonlyMap<string, string>> {
  const query =
    'SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL';
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(query);
  return new Map(rows.map((row) => [row.migration_name, row.checksum]));
}

function refuseUnknown(applied: ReadonlyMap<string, string>, names: readonly string[]): void {
  const unknown = [...applied.keys()].filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  throw new MallaError(
    'conflict',
    `the database has migrations that this version does not know (${unknown.join(', ')}): run the newer version, or restore a backup`,
  );
}

interface ApplyParams {
  readonly folder: string;
  readonly name: string;
  readonly applied: ReadonlyMap<string, string>;
}

async function applyMigration(client: Client, { folder, name, applied }: ApplyParams): Promise<boolean> {
  const sql = fs.readFileSync(path.join(folder, name, 'migration.sql'), 'utf8');
  const checksum = createHash('sha256').update(sql).digest('hex');
  const before = applied.get(name);
  if (before === checksum) return false;
  if (before !== undefined)
    throw new MallaError(
      'conflict',
      `migration ${name} was edited after it was applied; write a new migration instead`,
    );
  await client.query('BEGIN');
  try {
    await client.query(sql);
    const insert =
      'INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count) VALUES ($1, $2, $3, now(), 1)';
    await client.query(insert, [randomUUID(), checksum, name]);
    await client.query('COMMIT');
    return true;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
