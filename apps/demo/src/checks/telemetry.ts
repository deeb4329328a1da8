import { setTimeout as sleep } from 'node:timers/promises';
import { CheckFailed, type Check, type DemoMesh } from './check.ts';

/** Proxies send their access logs within a second; the rest is room for a busy machine. */
const timeoutMs = 60_000;

/** What the mesh counted equals what the load generator counted, for each service and status. */
export const goldenSignals: Check = {
  title: "golden signals equal the load generator's own counts",
  async run(mesh) {
    const deadline = Date.now() + timeoutMs;
    let differences = await compare(mesh);
    while (differences.length > 0 && Date.now() < deadline) {
      await sleep(250);
      differences = await compare(mesh);
    }
    if (differences.length > 0) throw new CheckFailed(differences.join('; '));
    return mesh.load
      .services()
      .map((service) => `${service} ${total(mesh.load.counts(service).values())}`)
      .join(', ');
  },
};

async function compare(mesh: DemoMesh): Promise<string[]> {
  const rows = (await mesh.signals()).filter((row) => row.reporter === 'source' && row.sourceWorkload === 'loadgen');
  const differences: string[] = [];
  for (const service of mesh.load.services()) {
    const seen = new Map<string, number>();
    for (const row of rows.filter((r) => r.destinationService.startsWith(`${service}.`))) {
      for (const [code, count] of Object.entries(row.requestsByCode)) seen.set(code, (seen.get(code) ?? 0) + count);
    }
    const sent = new Map([...mesh.load.counts(service)].map(([code, count]) => [String(code), count]));
    for (const code of new Set([...seen.keys(), ...sent.keys()])) {
      if (seen.get(code) !== sent.get(code))
        differences.push(`${service} ${code}: sent ${sent.get(code) ?? 0}, seen ${seen.get(code) ?? 0}`);
    }
  }
  return differences;
}

function total(counts: Iterable<number>): number {
  let sum = 0;
  for (const count of counts) sum += count;
  return sum;
}
