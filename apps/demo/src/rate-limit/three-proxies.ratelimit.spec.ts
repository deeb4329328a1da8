import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SteadyLoad } from '../load/steady-load.ts';
import { Environment } from '../mesh/environment.ts';
import { RunningMesh } from '../mesh/running-mesh.ts';
import type { WorkloadPlan } from '../mesh/topology.ts';

const limitPerSecond = 50;
/** Three times what is allowed, so that every proxy alone sees as much as all of them may take. */
const sentPerSecond = 150;

const instance = (suffix: string): WorkloadPlan => ({
  name: `reviews-v1-${suffix}`,
  service: 'reviews',
  version: 'v1',
  serviceAccount: 'reviews',
  calls: [],
});

const plans: readonly WorkloadPlan[] = [
  ...['a', 'b', 'c'].map(instance),
  { name: 'loadgen', version: 'v1', serviceAccount: 'loadgen', calls: ['reviews'] },
];

const rateLimit = (failureMode: 'OPEN' | 'CLOSED'): string => `
apiVersion: policy.malla.io/v1alpha1
kind: RateLimit
metadata: { name: reviews, namespace: bookinfo }
spec:
  selector: { matchLabels: { app: reviews } }
  rules: [{ name: all, limit: { requests: ${limitPerSecond}, unit: SECOND } }]
  failureMode: ${failureMode}
`;

/** What became of the requests of a steady load, by status. */
interface Tally {
  readonly seconds: number;
  readonly byStatus: Readonly<Record<string, number>>;
}

describe.each(['builtin', 'envoy'])('a limit over three proxies, data plane %s', (dataPlane) => {
  let folder: string;
  let environment: Environment;
  let mesh: RunningMesh;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'malla-ratelimit-'));
    chmodSync(folder, 0o711);
    environment = new Environment(folder, path.resolve(import.meta.dirname, '../../../..'));
    mesh = await RunningMesh.start({ environment, dataPlane, plans, progress: () => undefined });
  }, 900_000);

  afterAll(async () => {
    mesh?.load.close();
    await environment.stopAll();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What proxies have acknowledged is in Redis, which may be away: what they do tells as well. */
  async function apply(yaml: string): Promise<void> {
    const file = path.join(folder, 'limit.yaml');
    writeFileSync(file, yaml);
    await mesh.mallactl('apply', '-f', file);
  }

  async function loadFor(ms: number, perSecond = sentPerSecond): Promise<Tally> {
    const begin = performance.now();
    const steady = new SteadyLoad({ url: `${mesh.urlOf('reviews')}/reviews/0`, perSecond, catchUp: true }).start();
    await sleep(ms);
    const seconds = (performance.now() - begin) / 1_000;
    await steady.stop();
    const byStatus: Record<string, number> = { 200: steady.sent - steady.failures.length };
    for (const { reason } of steady.failures) {
      const status = reason.replace('status ', '');
      byStatus[status] = (byStatus[status] ?? 0) + 1;
    }
    return { seconds, byStatus };
  }

  /** Loads for a second again and again, until a second went as it should. */
  async function until(what: string, holds: (tally: Tally) => boolean): Promise<void> {
    let last: Tally | undefined;
    for (const deadline = Date.now() + 120_000; Date.now() < deadline;) {
      last = await loadFor(1_000);
      if (holds(last)) return;
    }
    throw new Error(`waited in vain until ${what}: ${JSON.stringify(last)}`);
  }

  function expectLimited({ seconds, byStatus }: Tally, tolerance: number): void {
    console.info(`${dataPlane}: ${JSON.stringify(byStatus)} in ${seconds.toFixed(2)} s`);
    const allowed = byStatus[200] ?? 0;
    const wanted = limitPerSecond * seconds;
    const sent = Object.values(byStatus).reduce((a, b) => a + b, 0);
    expect(sent, 'this machine is too busy to send enough').toBeGreaterThan(wanted * 1.5);
    expect(Object.keys(byStatus).sort()).toEqual(['200', '429']);
    expect(allowed).toBeGreaterThanOrEqual(wanted * (1 - tolerance));
    expect(allowed).toBeLessThanOrEqual(wanted * (1 + tolerance));
  }

  it('lets pass 50 a second within 5 % over 30 s, by all proxies together', async () => {
    await apply(rateLimit('OPEN'));
    await until('the limit holds', ({ byStatus }) => (byStatus[429] ?? 0) > 0);
    const before = await Promise.all(plans.slice(0, 3).map(({ name }) => mesh.statsOf(name)));
    await sleep(1_500);
    expectLimited(await loadFor(30_000), 0.05);
    const after = await Promise.all(plans.slice(0, 3).map(({ name }) => mesh.statsOf(name)));
    for (const [i, { requests }] of after.entries())
      expect(requests - (before[i]?.requests ?? 0)).toBeGreaterThan(limitPerSecond);
  });

  it('lets everything pass while Redis is away, as OPEN says', async () => {
    await mesh.controlPlane.services.get('redis')!.kill();
    await until('everything passes', ({ byStatus }) => Object.keys(byStatus).join() === '200');
    const { byStatus } = await loadFor(3_000);
    expect(Object.keys(byStatus)).toEqual(['200']);
  });

  it('refuses everything with 500 while Redis is away, as CLOSED says', async () => {
    await apply(rateLimit('CLOSED'));
    await until('everything is refused', ({ byStatus }) => byStatus[200] === 0);
    const { byStatus } = await loadFor(3_000);
    expect(
      Object.entries(byStatus)
        .filter(([, count]) => count > 0)
        .map(([status]) => status),
    ).toEqual(['500']);
  });

  it('limits again when Redis is back', async () => {
    await mesh.controlPlane.restart('redis');
    await until('the limit holds', ({ byStatus }) => (byStatus[200] ?? 0) > 0 && (byStatus[429] ?? 0) > 0);
    await sleep(1_500);
    expectLimited(await loadFor(10_000), 0.1);
  });
});
