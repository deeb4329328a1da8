import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { MallaError } from '@malla/model';
import { databaseError } from './database.ts';
import type { AccessToken } from './gen/prisma/client.ts';
import type { PrismaClient } from './gen/prisma/client.ts';

/** What a token's holder may do, and where. */
export interface Grant {
  readonly role: 'admin' | 'editor' | 'viewer';
  /** `*` is every namespace and the cluster-scoped kinds. */
  readonly namespace: string;
}

/** A token as it is known after its creation: without its value. */
export interface TokenRecord {
  readonly id: string;
  readonly name: string;
  readonly grants: readonly Grant[];
  readonly createdBy: string;
  readonly createdAt: string;
  /** ISO 8601; undefined if it does not expire. */
  readonly expiresAt: string | undefined;
}

export interface CreateTokenParams {
  readonly name: string;
  readonly grants: readonly Grant[];
  readonly createdBy: string;
  readonly expiresAt?: Date;
}

export interface TokenTableParams {
  readonly prisma: PrismaClient;
  readonly meshId: string;
  /** How soon a token that another replica revoked stops working, in milliseconds; 5000 by default. */
  readonly refreshMs?: number;
  readonly now?: () => Date;
}

/** How a token begins, so that scanners for leaked secrets can find it. */
const prefix = 'malla_';

/**
 * Access tokens: 256 random bits each, of which only a SHA-256 is kept (no slow hash is needed for so much entropy).
 * They are checked in memory, so that callers are known while the database is away.
 */
export class TokenTable {
  readonly #params: TokenTableParams;
  readonly #stop = new AbortController();
  #byHash = new Map<string, TokenRecord>();

  private constructor(params: TokenTableParams) {
    this.#params = params;
  }

  static async open(params: TokenTableParams): Promise<TokenTable> {
    const table = new TokenTable(params);
    await table.#load();
    void table.#refresh();
    return table;
  }

  close(): void {
    this.#stop.abort();
  }

  /** Makes a token; its value is given only here. */
  async create(params: CreateTokenParams): Promise<{ readonly token: string; readonly record: TokenRecord }> {
    const token = prefix + randomBytes(32).toString('base64url');
    const { name, createdBy, expiresAt } = params;
    const data = {
      id: randomUUID(),
      meshId: this.#params.meshId,
      name,
      hash: hashOf(token),
      createdBy,
      expiresAt: expiresAt ?? null,
    };
    const row = await this.#prisma(() =>
      this.#params.prisma.accessToken.create({
        data: { ...data, grants: params.grants.map((grant) => ({ ...grant })) },
      }),
    );
    const record = recordOf(row);
    this.#byHash.set(row.hash, record);
    return { token, record };
  }

  /** The record of a token, or `unauthenticated` with the reason. A token that another replica just made is looked up. */
  async check(token: string): Promise<TokenRecord> {
    const hash = hashOf(token);
    const record = this.#byHash.get(hash) ?? (await this.#find(hash));
    if (record === undefined) throw new MallaError('unauthenticated', 'the access token is not known or was revoked');
    if (record.expiresAt !== undefined && Date.parse(record.expiresAt) <= this.#now().getTime()) {
      throw new MallaError('unauthenticated', `the access token expired at ${record.expiresAt}`);
    }
    return record;
  }

  list(): readonly TokenRecord[] {
    return [...this.#byHash.values()].sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  }

  /** Throws `not_found` for an unknown id. Other replicas follow within their refresh. */
  async revoke(id: string): Promise<void> {
    const { prisma, meshId } = this.#params;
    const { count } = await this.#prisma(() =>
      prisma.accessToken.updateMany({ where: { id, meshId, revokedAt: null }, data: { revokedAt: this.#now() } }),
    );
    if (count === 0) throw new MallaError('not_found', `token "${id}" not found`);
    await this.#load();
  }

  async #find(hash: string): Promise<TokenRecord | undefined> {
    const { prisma, meshId } = this.#params;
    const row = await prisma.accessToken.findFirst({ where: { meshId, hash, revokedAt: null } }).catch(() => null);
    if (row === null) return undefined;
    const record = recordOf(row);
    this.#byHash.set(hash, record);
    return record;
  }

  async #load(): Promise<void> {
    const { prisma, meshId } = this.#params;
    const rows = await this.#prisma(() => prisma.accessToken.findMany({ where: { meshId, revokedAt: null } }));
    this.#byHash = new Map(rows.map((row) => [row.hash, recordOf(row)]));
  }

  async #refresh(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await sleep(this.#params.refreshMs ?? 5_000, undefined, { signal, ref: false }).catch(() => undefined);
      // While the database is away the known tokens go on working.
      if (!signal.aborted) await this.#load().catch(() => undefined);
    }
  }

  #now(): Date {
    return this.#params.now?.() ?? new Date();
  }

  async #prisma<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      throw databaseError(error);
    }
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function recordOf(row: AccessToken): TokenRecord {
  const { id, name, createdBy } = row;
  const grants = row.grants as unknown as readonly Grant[];
  return {
    id,
    name,
    grants,
    createdBy,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString(),
  };
}
