import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SteadyLoad } from '../load/steady-load.ts';
import { Environment } from '../mesh/environment.ts';
import { RunningMesh } from '../mesh/running-mesh.ts';
import { servingCertificate } from './envoy-admin.ts';

/** Short-lived certificates, so that they rotate many times while everything else goes on. */
const certTtlSeconds = 30;
const perSecond = 50;

describe.each(['builtin', 'envoy'])('a mesh under steady load, data plane %s', (dataPlane) => {
  let folder: string;
  let environment: Environment;
  let mesh: RunningMesh;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'malla-faults-'));
    chmodSync(folder, 0o711);
    environment = new Environment(folder, path.resolve(import.meta.dirname, '../../../..'));
    mesh = await RunningMesh.start({
      environment,
      dataPlane,
      certTtl: `${certTtlSeconds}s`,
      progress: () => undefined,
    });
  });

  afterAll(async () => {
    await environment.stopAll();
    rmSync(folder, { recursive: true, force: true });
  });

  function load(): SteadyLoad {
    return new SteadyLoad({ url: `${mesh.urlOf('reviews')}/reviews/0`, perSecond }).start();
  }

  it.each(['certificate-authority', 'config-api', 'discovery', 'policy-telemetry', 'redis'])(
    'loses no request when %s is killed and started again',
    async (name) => {
      const steady = load();
      await sleep(1000);
      await mesh.controlPlane.services.get(name)!.kill();
      await sleep(4000);
      await mesh.controlPlane.restart(name);
      await sleep(4000);
      await steady.stop();
      expect(steady.sent).toBeGreaterThan(perSecond * 5);
      expect(steady.failures).toEqual([]);
    },
  );

  it('loses no request and no acknowledged write when Postgres is killed, which config-api starts again', async () => {
    await mesh.apply('ratings-retries.yaml');
    const steady = load();
    await sleep(1000);
    process.kill(mesh.controlPlane.postgresPid(), 'SIGKILL');
    await sleep(4000);
    await steady.stop();
    expect(steady.failures).toEqual([]);
    await mesh.apply('ratings-ejection.yaml');
    expect(await mesh.mallactl('get', 'virtualservice', 'ratings', '-n', 'bookinfo', '-o', 'name')).toContain(
      'ratings',
    );
  });

  it('takes configuration again after every service was killed', async () => {
    for (const name of ['redis', 'config-api', 'discovery']) await mesh.controlPlane.services.get(name)!.kill();
    for (const name of ['redis', 'config-api', 'discovery']) await mesh.controlPlane.restart(name);
    await mesh.apply('reviews-routing.yaml');
    const responses = await mesh.load.run({
      service: 'reviews',
      url: `${mesh.urlOf('reviews')}/reviews/0`,
      requests: 20,
      headers: { 'end-user': 'jason' },
    });
    expect(responses.map((r) => (r.body as { version: string }).version)).toEqual(Array(20).fill('v3'));
  });

  it('rotates certificates under load without an error', async () => {
    const reviews = mesh.workloads.get('reviews-v1')!;
    const steady = load();
    const serials = new Set<string>();
    const until = Date.now() + 3 * certTtlSeconds * 1000;
    while (Date.now() < until) {
      const certificate = await servingCertificate(reviews);
      serials.add(certificate.serial);
      expect(certificate.notAfter).toBeGreaterThan(Date.now());
      await sleep(1000);
    }
    await steady.stop();
    // Half-life renewal: 90 s of 30 s certificates hold at least 4 of them, however the jitter falls.
    expect(serials.size).toBeGreaterThanOrEqual(4);
    expect(steady.failures).toEqual([]);
  });
});
