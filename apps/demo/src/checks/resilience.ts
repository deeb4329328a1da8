import { setTimeout as sleep } from 'node:timers/promises';
import { expect, tally, type Check, type DemoMesh } from './check.ts';

const healthy = 'ratings-v1-a';
const broken = 'ratings-v1-b';

function callRatings(mesh: DemoMesh, requests: number) {
  return mesh.load.run({ service: 'ratings', url: `${mesh.urlOf('ratings')}/ratings/0`, requests });
}

/** Retries hide an instance that fails every request. */
export const retries: Check = {
  title: 'retries hide that one of two ratings instances is broken',
  async run(mesh) {
    await mesh.apply('ratings-retries.yaml');
    const before = await mesh.statsOf(broken);
    const responses = await callRatings(mesh, 200);
    const after = await mesh.statsOf(broken);
    const hits = after.requests - before.requests;
    expect(hits > 0, 'the broken instance got no request, so nothing was shown');
    expect(
      responses.every((r) => r.status === 200),
      `callers saw ${tally(responses.map((r) => r.status))}`,
    );
    return `callers: ${tally(responses.map((r) => r.status))}; the broken instance failed ${hits} tries`;
  },
};

/** Outlier detection takes the broken instance out of rotation. */
export const ejection: Check = {
  title: 'the broken instance is ejected',
  async run(mesh) {
    await mesh.apply('ratings-ejection.yaml');
    const ejectedAfter = await requestsUntilQuiet(mesh);
    const before = { broken: await mesh.statsOf(broken), healthy: await mesh.statsOf(healthy) };
    const responses = await callRatings(mesh, 100);
    const hits = (await mesh.statsOf(broken)).requests - before.broken.requests;
    expect(hits === 0, `the ejected instance still got ${hits} of 100 requests`);
    expect(
      responses.every((r) => r.status === 200),
      `callers saw ${tally(responses.map((r) => r.status))}`,
    );
    const served = (await mesh.statsOf(healthy)).requests - before.healthy.requests;
    return `ejected within ${ejectedAfter} requests; then 0 of 100 requests reached it, ${served} the healthy one`;
  },
};

/** Sends small runs until one of them leaves the broken instance alone; resolves to the requests sent. */
async function requestsUntilQuiet(mesh: DemoMesh): Promise<number> {
  const batch = 20;
  for (let sent = batch; sent <= 1000; sent += batch) {
    const before = await mesh.statsOf(broken);
    await callRatings(mesh, batch);
    if ((await mesh.statsOf(broken)).requests === before.requests) return sent;
    await sleep(100);
  }
  throw new Error('the broken instance was not ejected within 1,000 requests');
}
