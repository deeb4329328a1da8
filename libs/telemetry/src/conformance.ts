import type { AccessRecord } from './access-record.ts';
import { signalKeyOf } from './signal-key.ts';
import { SignalTally, type SignalBucket } from './signal-tally.ts';
import { expireOld, rollUpDue, type Retention } from './roll-up.ts';
import { readSpan } from './read-span.ts';
import { signalsOf } from './signals.ts';
import { levels, type TelemetryStore } from './telemetry-store.ts';

/** A record to start from. */
export function sampleRecord(changes: Partial<AccessRecord> = {}): AccessRecord {
  return {
    reporter: 'source',
    protocol: 'http',
    sourceWorkload: 'web-v1',
    sourceNamespace: 'shop',
    sourceAccount: 'web',
    sourceApp: 'web',
    sourceVersion: 'v1',
    destinationService: 'cart.shop.svc.cluster.local',
    destinationNamespace: 'shop',
    destinationSubset: '',
    destinationWorkload: '',
    destinationVersion: '',
    connectionSecurity: 'unknown',
    responseCode: 200,
    failed: false,
    durationMs: 5,
    bytesSent: 10,
    bytesReceived: 100,
    ...changes,
  };
}

/** A bucket of the first level with some records. */
export function sampleBucket(start: number, ...records: readonly Partial<AccessRecord>[]): SignalBucket {
  const tally = new SignalTally();
  for (const record of records) tally.record(sampleRecord(record));
  return { key: signalKeyOf(sampleRecord(records[0])), start, tally: tally.toData() };
}

/** What the suite needs of a test runner; vitest's functions fit. */
export interface ConformanceRunner {
  readonly it: (title: string, run: () => Promise<void>) => void;
  readonly expect: (value: unknown) => {
    toEqual(expected: unknown): void;
    toBe(expected: unknown): void;
  };
}

const minute = 60_000;
const hour = 3_600_000;
const day = 86_400_000;
const forEver: Retention = [1e15, 1e15, 1e15, 1e15];

/** What every {@link TelemetryStore} does. `open` gives an empty store that nobody else uses. */
export function telemetryStoreConformance({ it, expect }: ConformanceRunner, open: () => TelemetryStore): void {
  const base = 20_000 * day;
  const span = { from: base, to: base + day };
  const count = (buckets: readonly SignalBucket[]): number => signalsOf(buckets)[0]?.requests ?? 0;
  const all = (store: TelemetryStore) => readSpan({ store, span, retention: forEver, now: base + 2 * day });

  it('keeps all that a bucket says', async () => {
    const store = open();
    const buckets = [
      sampleBucket(base, { responseCode: 503, failed: true, durationMs: 70_000 }, {}, {}),
      sampleBucket(base, { protocol: 'tcp', destinationService: 'db.shop.svc.cluster.local', bytesSent: 2 ** 40 }),
      sampleBucket(base, { sourceWorkload: `o'hara "x" \\ \u00e9` }),
    ];
    await store.write('a', buckets);
    const read = await store.read(0, span);
    const sort = (list: readonly SignalBucket[]) => list.map((each) => JSON.stringify(each)).sort();
    expect(sort(read)).toEqual(sort(buckets));
  });

  it('counts what one writer writes twice once, and what two write twice', async () => {
    const store = open();
    await store.write('a', [sampleBucket(base, {})]);
    await store.write('a', [sampleBucket(base, {}, {})]);
    expect(count(await store.read(0, span))).toBe(2);
    await store.write('b', [sampleBucket(base, {}), sampleBucket(base + 10_000, {})]);
    expect(count(await store.read(0, span))).toBe(4);
    expect(count(await store.read(0, span, { without: { writer: 'b', from: base + 10_000 } }))).toBe(3);
    expect(count(await store.read(0, { from: base, to: base + 10_000 }))).toBe(3);
  });

  it('reads what a filter asks for', async () => {
    const store = open();
    await store.write('a', [
      sampleBucket(base, {}),
      sampleBucket(base, { sourceWorkload: 'other', sourceNamespace: 'bank' }, {}),
      sampleBucket(base, { destinationService: 'pay', destinationNamespace: 'bank' }, {}, {}),
    ]);
    const of = async (filter: object) => (await store.read(0, span, filter)).length;
    expect([await of({ source: 'other' }), await of({ destination: 'cart' })]).toEqual([1, 2]);
    expect([await of({ destination: 'cart.shop.svc.cluster.local' }), await of({ destination: 'pay' })]).toEqual([
      2, 1,
    ]);
    expect([await of({ namespace: 'bank' }), await of({ namespace: 'shop' })]).toEqual([2, 3]);
  });

  it('rolls up once what is due and over, and again what came late', async () => {
    const store = open();
    const clock = (now: number) => ({ store, now: () => now, graceMs: 0 });
    await store.write('a', [
      sampleBucket(base, {}),
      sampleBucket(base + 50_000, {}, {}),
      sampleBucket(base + minute, {}),
    ]);
    expect(await rollUpDue(clock(base + minute - 1))).toBe(0);
    expect(await rollUpDue(clock(base + minute))).toBe(1);
    expect(await rollUpDue(clock(base + minute))).toBe(0);
    expect(count(await store.read(1, span))).toBe(3);
    expect(count(await all(store))).toBe(4);
    await store.write('b', [sampleBucket(base + 20_000, {})]);
    expect(count(await all(store))).toBe(5);
    expect(await rollUpDue(clock(base + 2 * day))).toBe(4);
    for (const level of [0, 1, 2, 3] as const) expect(count(await store.read(level, span))).toBe(5);
    expect(await store.due(1, span)).toEqual([]);
  });

  it('rolls up in runs that are cut short, and by two at a time', async () => {
    const store = open();
    const buckets = Array.from({ length: 24 }, (_, i) => sampleBucket(base + i * 30_000, {}));
    await store.write('a', buckets);
    const run = () => rollUpDue({ store, now: () => base + 3 * day, limit: 3 });
    let made = 0;
    for (let last = 1; last > 0; made += last) last = (await Promise.all([run(), run()])).reduce((a, b) => a + b, 0);
    expect(made).toBe(14);
    expect(count(await store.read(3, span))).toBe(24);
  });

  it('forgets what is old, and nothing that was not rolled up yet', async () => {
    const store = open();
    await store.write('a', [sampleBucket(base, {}), sampleBucket(base + hour, {})]);
    const retention: Retention = [minute, hour, 29.5 * hour, 365 * day];
    const now = base + 30 * hour;
    expect(await expireOld(store, retention, now)).toBe(0);
    await rollUpDue({ store, now: () => now });
    await expireOld(store, retention, now);
    expect(await store.read(0, span)).toEqual([]);
    expect(await store.read(1, span)).toEqual([]);
    expect(count(await store.read(2, span))).toBe(1);
    expect(count(await readSpan({ store, span, retention, now }))).toBe(2);
  });

  it('reads no more than was asked for, as far as it still knows it by seconds', async () => {
    const store = open();
    const at = (hours: number, minutes: number) => base + hours * hour + minutes * minute;
    await store.write(
      'a',
      [at(9, 10), at(9, 50), at(10, 27)].map((start) => sampleBucket(start, {})),
    );
    const now = at(10, 30);
    const retention: Retention = [hour, hour, hour, hour];
    await rollUpDue({ store, now: () => now });
    await expireOld(store, retention, now);
    const between = async (from: number, to: number) =>
      count(await readSpan({ store, span: { from, to }, retention, now }));
    expect(await between(at(10, 25), now)).toBe(1);
    expect(await between(at(9, 45), now)).toBe(2);
    expect(await between(at(9, 45), at(9, 55))).toBe(1);
    expect(await between(at(9, 0), now)).toBe(3);
  });

  it('gives each moment once, whatever is rolled up', async () => {
    const store = open();
    const starts = Array.from({ length: 16 }, (_, i) => base + ((i * 7_919) % 8_640) * 10_000);
    for (const [i, start] of starts.entries()) {
      await store.write(`w${i % 3}`, [sampleBucket(start, { sourceWorkload: `s${start}` })]);
      if (i % 5 === 4) await rollUpDue({ store, now: () => base + i * 2 * hour, graceMs: 0 });
    }
    for (const [from, to] of [
      [0, day],
      [25 * minute, 7 * hour + 10_000],
      [10_000, 20_000],
      [hour - 10_000, 2 * hour + 10_000],
      [levels[2].widthMs, levels[3].widthMs - 10_000],
    ] as const) {
      const part = { from: base + from, to: base + to };
      const read = await readSpan({ store, span: part, retention: forEver, now: base + 2 * day });
      const inside = starts.filter((start) => start >= part.from && start < part.to);
      expect(signalsOf(read).length).toBe(new Set(inside).size);
      expect(read.reduce((sum, { tally }) => sum + (tally.requestsByCode['200'] ?? 0), 0)).toBe(new Set(inside).size);
    }
  });
}
