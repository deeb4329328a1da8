// Kills the first process of each container in turn, as a crash does, and waits until all is as before.
import { expect, sleep, waitUntil } from '../traffic/waiting.mjs';
import { pageComplaint } from '../traffic/checks.mjs';

/** Seconds within which everything is well again after one container was killed, on a machine that is not busy. */
const HEAL_SECONDS = 60;

/** Pages in a row that say that traffic flows again. */
const PAGES = 10;

/** Docker waits longer before each start of a container that ended soon after its start; until then it is not the next one's turn. */
const SETTLE_MS = 1000;

/** Complaint unless every container runs and is healthy, but those that have done their work. */
export async function healthComplaint(stack, oneShots) {
  const bad = (await stack.containers()).filter(({ service, running, health, exitCode }) =>
    oneShots.includes(service) ? running || exitCode !== 0 : !running || (health ?? 'healthy') !== 'healthy',
  );
  const told = bad.map(
    ({ service, running, health, exitCode }) => `${service} ${running ? health : `ended with ${exitCode}`}`,
  );
  return bad.length === 0 ? undefined : told.join(', ');
}

async function pagesComplaint(base) {
  for (let page = 0; page < PAGES; page++) {
    const complaint = await pageComplaint(base);
    if (complaint !== undefined) return complaint;
  }
  return undefined;
}

/** Kills a process of the engine's machine, from here or, where that is another machine or another user's, from a container. */
async function killProcess(stack, pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    const { image } = await stack.container('load-generator');
    const options = ['--rm', '--pid', 'host', '--user', '0', '--cap-add', 'KILL', '--entrypoint', 'node'];
    await stack.docker('run', ...options, image, '--eval', `process.kill(${pid}, 'SIGKILL')`);
  }
}

/**
 * @param {import('./stack.mjs').Stack} stack @param {string} base
 * @param {{oneShots: string[], patience: number, only?: string[]}} options patience: factor for a busy machine
 */
export async function killEach(stack, base, { oneShots, patience, only }) {
  const services = (await stack.containers()).map(({ service }) => service).filter((name) => !oneShots.includes(name));
  for (const service of services.filter((name) => only === undefined || only.includes(name)).sort()) {
    const before = await stack.container(service);
    const started = Date.now();
    await killProcess(stack, before.pid);
    await waitUntil(
      async () => {
        const { pid, running } = await stack.container(service);
        return running && pid !== before.pid ? undefined : 'it is not started again';
      },
      { seconds: HEAL_SECONDS * patience },
    );
    const seconds = HEAL_SECONDS * patience - (Date.now() - started) / 1000;
    await waitUntil(() => pagesComplaint(base), { seconds });
    const traffic = (Date.now() - started) / 1000;
    await waitUntil(() => healthComplaint(stack, oneShots), { seconds: Math.max(seconds, 1) });
    const healthy = (Date.now() - started) / 1000;
    expect(healthy <= HEAL_SECONDS * patience, `${service}: healthy only after ${healthy.toFixed(1)} s`);
    console.log(
      `✓ ${service} killed: traffic after ${traffic.toFixed(1)} s, all healthy after ${healthy.toFixed(1)} s`,
    );
    await sleep(SETTLE_MS);
  }
}
