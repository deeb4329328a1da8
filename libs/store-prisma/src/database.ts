import { MallaError } from '@malla/model';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { Prisma, PrismaClient } from './gen/prisma/client.ts';
import { migrate } from './migrate.ts';

/** A query that takes longer has lost its server, not its way. */
const queryTimeoutMs = 15_000;
const connectTimeoutMs = 5_000;

/** The tables, with the schema of this version. */
export interface Database {
  readonly url: string;
  readonly prisma: PrismaClient;
  /** May be called twice. */
  close(): Promise<void>;
}

/** Connects and brings the schema up to date. Throws `unavailable` when the server is out of reach or refuses us. */
export async function openDatabase(url: string): Promise<Database> {
  await prepareSchema(url);
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: queryTimeoutMs,
    // A replica that froze inside a commit must not hold the writer lock for ever.
    idle_in_transaction_session_timeout: queryTimeoutMs,
    keepAlive: true,
    application_name: 'malla',
  });
  // A connection that dies while idle is replaced by the next query; without a listener it would end the process.
  pool.on('error', () => undefined);
  const adapter = new PrismaPg(pool, {
    onPoolError: () => undefined,
    onConnectionError: () => undefined,
    statementNameGenerator: ({ sql }) => statementName(sql),
  });
  const prisma = new PrismaClient({ adapter });
  const end = async (): Promise<void> => {
    await prisma.$disconnect();
    await pool.end();
  };
  let ending: Promise<void> | undefined;
  return { url, prisma, close: () => (ending ??= end()) };
}

/** A single connection, for LISTEN and session locks. When it is lost, its next query fails. */
export function sessionClient(url: string): pg.Client {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    application_name: 'malla-session',
  });
  // The loss of a connection that is idle has nobody to tell; without a listener it would end the process.
  return client.on('error', () => undefined);
}

/**
 * What a failed query means to a caller: MallaErrors pass, everything else is `unavailable`. The text of a driver's
 * error can hold values of a row, so it stays in `cause`.
 */
export function databaseError(error: unknown): MallaError {
  if (error instanceof MallaError) return error;
  if (isDataError(error)) return new MallaError('invalid', 'the database cannot hold this value', { cause: error });
  return new MallaError('unavailable', 'the configuration database is out of reach or refused the request; try again', {
    cause: error,
  });
}

/** SQLSTATE classes 22 and 23: the data of the query is at fault, not the database. */
export function isDataError(error: unknown): boolean {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return false;
  const { driverAdapterError } = (error.meta ?? {}) as { driverAdapterError?: { cause?: { originalCode?: string } } };
  return /^2[23]/.test(driverAdapterError?.cause?.originalCode ?? '');
}

async function prepareSchema(url: string): Promise<void> {
  const client = sessionClient(url);
  try {
    await client.connect();
  } catch (error) {
    const { message } = error as Error;
    throw new MallaError(
      'unavailable',
      `no connection to the database ${withoutPassword(url)}: ${message || 'refused'}`,
      { cause: error },
    );
  }
  try {
    await migrate(client);
  } finally {
    await client.end();
  }
}

/** Prepared statements are kept per connection; the few queries of the hot paths deserve it. */
const names = new Map<string, string>();
const mostNames = 200;

function statementName(sql: string): string {
  const known = names.get(sql);
  if (known !== undefined || names.size >= mostNames) return known ?? '';
  const name = `malla_${names.size}`;
  names.set(sql, name);
  return name;
}

function withoutPassword(text: string): string {
  try {
    const url = new URL(text);
    url.password = '';
    return url.href;
  } catch {
    return '(not a URL)';
  }
}
