// The health check of every image: node healthcheck.mjs [--end-without-network] URL. Ends with 0 when the URL answers 2xx.
//
// --end-without-network is for containers that live in the network of another one. When that one is started anew, they are
// left in a network without interfaces, and nothing can be mended from inside. Then this ends the container's first process, and the
// restart policy starts it in the new network. Docker refuses to start it before the other one runs, and does not try again: hence the pause.
import { readdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

const ANSWER_MS = 4000;
const OTHER_CONTAINER_STARTS_MS = 2500;
const ENDS_MS = 11_000;

/** The first process of a container cannot be killed from inside; with `init: true` that one ends when its program is killed. */
function killAll() {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  for (const pid of pids.filter((each) => each !== 1 && each !== process.pid)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended, or is another user's.
    }
  }
}

const url = process.argv.at(-1);
const isCutOff = () =>
  Object.values(networkInterfaces()).every((addresses) => addresses.every(({ internal }) => internal));

if (process.argv.includes('--end-without-network') && isCutOff()) {
  await new Promise((resolve) => setTimeout(resolve, OTHER_CONTAINER_STARTS_MS));
  process.kill(1, 'SIGTERM');
  // The container, and this process with it, is gone by then, unless its program does not end.
  await new Promise((resolve) => setTimeout(resolve, ENDS_MS));
  killAll();
  process.exit(1);
}
try {
  const { ok, status } = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
  if (!ok) console.log(`${url}: ${status}`);
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  console.log(`${url}: ${error.cause?.message ?? error.message}`);
  process.exitCode = 1;
}
