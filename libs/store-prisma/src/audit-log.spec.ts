import { describe, expect, it } from 'vitest';
import { AuditLog, type AuditRecord } from './audit-log.ts';
import type { PrismaClient } from './gen/prisma/client.ts';

/** The table of audit records, whose next requests can be made to fail. */
class FakeAuditTable {
  readonly rows: AuditRecord[] = [];
  failures = 0;
  trimFails = false;

  get prisma(): PrismaClient {
    const auditEntry = { createMany: (query: { data: AuditRecord[] }) => this.#create(query.data) };
    const $executeRaw = async () => {
      if (this.trimFails) throw new Error('connection lost');
    };
    return { auditEntry, $executeRaw } as unknown as PrismaClient;
  }

  async #create(rows: readonly AuditRecord[]): Promise<void> {
    if (this.failures > 0) {
      this.failures--;
      throw new Error('connection lost');
    }
    this.rows.push(...rows);
  }
}

function record(changeId: string): AuditRecord {
  const request = { verb: 'create', resource: 'services', namespace: 'shop', name: 'web', code: 201, message: '' };
  return { time: '2026-01-02T03:04:05.000Z', subject: 'spec', source: '127.0.0.1', ...request, changeId };
}

function open(table: FakeAuditTable): AuditLog {
  return new AuditLog({ prisma: table.prisma, meshId: 'spec', onFailure: () => undefined });
}

const idsOf = (table: FakeAuditTable) => table.rows.map(({ changeId }) => changeId);

describe('AuditLog', () => {
  it('writes what waits when it is closed, although its connections have died', async () => {
    const table = new FakeAuditTable();
    const log = open(table);
    log.add(record('a'));
    log.add(record('b'));
    table.failures = 3;
    await log.close();
    expect(idsOf(table)).toEqual(['a', 'b']);
  });

  it('does not hold up an end for a database that is away', async () => {
    const table = new FakeAuditTable();
    const log = open(table);
    log.add(record('a'));
    table.failures = Infinity;
    const began = performance.now();
    await log.close();
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  it('writes nothing twice when old records cannot be removed', async () => {
    const table = new FakeAuditTable();
    const log = open(table);
    table.trimFails = true;
    const ids = Array.from({ length: 5_001 }, (_, index) => String(index));
    for (const id of ids) log.add(record(id));
    await log.close();
    expect(idsOf(table)).toEqual(ids);
  });
});
