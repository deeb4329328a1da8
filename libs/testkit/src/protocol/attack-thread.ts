import { parentPort, workerData } from 'node:worker_threads';
import { RawH2Client } from './h2-client.ts';
import { http2Attacks } from './http2-attacks.ts';

/** What its owner gives this thread: one attack after another on new connections until the time is over. */
const { port, attack, forMs } = workerData as { port: number; attack: string; forMs: number };

const { run } = http2Attacks.find(({ name }) => name === attack) as (typeof http2Attacks)[number];
const until = performance.now() + forMs;
let rounds = 0;
while (performance.now() < until) {
  using client = new RawH2Client(port);
  await run(client);
  rounds++;
}
parentPort?.postMessage(rounds);
