import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SteadyLoad } from '../load/steady-load.ts';
import { Environment } from '../mesh/environment.ts';
import { RunningMesh } from '../mesh/running-mesh.ts';
import type { WorkloadPlan } from '../mesh/topology.ts';
import { endpointsOf, envoyPid } from './envoy-admin.ts';

/** The default lease of a registration. */
const leaseMs = 10_000;

const ratings = (suffix: string): WorkloadPlan => ({
  name: `ratings-v1-${suffix}`,
  service: 'ratings',
  version: 'v1',
  serviceAccount: 'ratings',
  calls: [],
});
const plans: readonly WorkloadPlan[] = [
  ratings('a'),
  ratings('b'),
  { name: 'loadgen', version: 'v1', serviceAccount: 'loadgen', calls: ['ratings'] },
];

describe.each(['builtin', 'envoy'])('a workload that ends, data plane %s', (dataPlane) => {
  let folder: string;
  let environment: Environment;
  let mesh: RunningMesh;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'malla-faults-'));
    chmodSync(folder, 0o711);
    environment = new Environment(folder, path.resolve(import.meta.dirname, '../../../..'));
    mesh = await RunningMesh.start({ environment, dataPlane, plans, progress: () => undefined });
  });

  afterAll(async () => {
    await environment.stopAll();
    rmSync(folder, { recursive: true, force: true });
  });

  it('keeps serving when its agent is killed and started again', async () => {
    const workload = mesh.workloads.get('ratings-v1-a')!;
    const steady = new SteadyLoad({ url: `${mesh.urlOf('ratings')}/ratings/0`, perSecond: 50 }).start();
    await sleep(1000);
    await workload.agent.kill();
    await sleep(2000);
    await workload.restartAgent();
    await sleep(2000);
    await steady.stop();
    expect(steady.failures).toEqual([]);
  });

  it('is rolled out again and again without a failed request', async () => {
    const cycles = 10;
    const steady = new SteadyLoad({ url: `${mesh.urlOf('ratings')}/ratings/0`, perSecond: 50 }).start();
    for (let cycle = 0; cycle < cycles; cycle++) {
      await mesh.workloads.get(cycle % 2 === 0 ? 'ratings-v1-a' : 'ratings-v1-b')!.restart();
      // Both instances serve again before the other one goes, as in any rollout.
      const loadgen = mesh.workloads.get('loadgen')!;
      while ((await endpointsOf(loadgen, 'ratings')).length < 2) await sleep(100);
    }
    await steady.stop();
    expect(steady.sent).toBeGreaterThan(cycles * 50);
    expect(steady.failures).toEqual([]);
  });

  it('leaves rotation within its lease when it is killed, and no request fails after that', async () => {
    const victim = mesh.workloads.get('ratings-v1-b')!;
    const loadgen = mesh.workloads.get('loadgen')!;
    expect(await endpointsOf(loadgen, 'ratings')).toHaveLength(2);
    const steady = new SteadyLoad({ url: `${mesh.urlOf('ratings')}/ratings/0`, perSecond: 50 }).start();
    await sleep(1000);
    const killedAt = Date.now();
    const envoy = await envoyPid(victim);
    await victim.agent.kill();
    process.kill(envoy, 'SIGKILL');
    await victim.app!.kill();
    // A renewal may have come just before the kill; three leases are the margin of a busy machine.
    while ((await endpointsOf(loadgen, 'ratings')).length > 1 && Date.now() < killedAt + 3 * leaseMs) await sleep(100);
    const outAfterMs = Date.now() - killedAt;
    await sleep(2000);
    await steady.stop();
    expect(outAfterMs).toBeLessThan(3 * leaseMs);
    expect(steady.failures.filter(({ at }) => at > killedAt + outAfterMs + 1000)).toEqual([]);
    process.stdout.write(
      `out of rotation after ${outAfterMs} ms; ${steady.failures.length} of ${steady.sent} requests failed meanwhile\n`,
    );
  });
});
