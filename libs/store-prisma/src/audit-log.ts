import { setTimeout as sleep } from 'node:timers/promises';
import { databaseError } from './database.ts';
import type { PrismaClient } from './gen/prisma/client.ts';

/** Who asked for what, from where, with what result. Never holds contents of resources. */
export interface AuditRecord {
  /** ISO 8601. */
  readonly time: string;
  readonly subject: string;
  /** Address of the caller. */
  readonly source: string;
  /** A Kubernetes verb: create, update, patch, delete, get and so on. */
  readonly verb: string;
  /** `plural.group`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  /** HTTP status. */
  readonly code: number;
  /** The reason of a refusal; empty otherwise. */
  readonly message: string;
  readonly changeId: string;
}

export interface AuditLogParams {
  readonly prisma: PrismaClient;
  readonly meshId: string;
  /** How many records are kept; 100,000 by default. */
  readonly keep?: number;
  /** Told when records begin to wait because they cannot be written; they are tried again as far as the bound allows. */
  readonly onFailure: (error: unknown, waiting: number) => void;
}

const flushEveryMs = 250;
const mostWaiting = 20_000;
const trimEvery = 5_000;
const closeRetryMs = 1_000;
const closePauseMs = 50;

/** Audit records, written in groups behind the requests; at most 250 ms and, while the database is away, 20,000 records wait. */
export class AuditLog {
  readonly #params: AuditLogParams;
  #waiting: AuditRecord[] = [];
  #dropped = 0;
  #sinceTrim = 0;
  #failing = false;
  readonly #timer: NodeJS.Timeout;
  #flushing: Promise<void> = Promise.resolve();

  constructor(params: AuditLogParams) {
    this.#params = params;
    this.#timer = setInterval(() => void this.#flush(), flushEveryMs).unref();
  }

  add(record: AuditRecord): void {
    if (this.#waiting.length < mostWaiting) this.#waiting.push(record);
    else this.#dropped++;
  }

  /** Records lost because too many waited. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Newest first. */
  async list(limit: number): Promise<readonly AuditRecord[]> {
    await this.#flush();
    const { prisma, meshId } = this.#params;
    try {
      const rows = await prisma.auditEntry.findMany({ where: { meshId }, orderBy: { id: 'desc' }, take: limit });
      return rows.map(({ meshId: _mesh, id: _id, time, ...rest }) => ({ ...rest, time: time.toISOString() }));
    } catch (error) {
      throw databaseError(error);
    }
  }

  /** Writes what waits. A first failure may be that of a connection which died unnoticed, so it tries again for a second. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    const deadline = Date.now() + closeRetryMs;
    await this.#flush();
    while (this.#waiting.length > 0 && Date.now() < deadline) {
      await sleep(closePauseMs);
      await this.#flush();
    }
  }

  #flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#write());
    return this.#flushing;
  }

  async #write(): Promise<void> {
    const records = this.#waiting;
    if (records.length === 0) return;
    this.#waiting = [];
    const { prisma, meshId } = this.#params;
    try {
      await prisma.auditEntry.createMany({ data: records.map((record) => ({ ...record, meshId })) });
      this.#failing = false;
      this.#sinceTrim += records.length;
    } catch (error) {
      this.#waiting = [...records, ...this.#waiting].slice(0, mostWaiting);
      if (!this.#failing) this.#params.onFailure(error, this.#waiting.length);
      this.#failing = true;
    }
    // Old records that stay a while longer do no harm; the next round tries again.
    if (this.#sinceTrim >= trimEvery) await this.#trim().catch(() => undefined);
  }

  async #trim(): Promise<void> {
    const { prisma, meshId, keep = 100_000 } = this.#params;
    await prisma.$executeRaw`
      DELETE FROM "AuditEntry" WHERE "meshId" = ${meshId} AND id < (SELECT id FROM "AuditEntry" WHERE "meshId" = ${meshId} ORDER BY id DESC OFFSET ${keep} LIMIT 1)`;
    this.#sinceTrim = 0;
  }
}
