// Waiting for conditions, and small numbers.

/** Milliseconds. */
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Asks until the answer is no complaint. Throws the last complaint when the time is over.
 * @param {() => Promise<string | undefined>} complaint undefined when all is well; what it throws counts as one
 * @param {{seconds: number, everyMs?: number}} limits @returns {Promise<number>} seconds that it took
 */
export async function waitUntil(complaint, { seconds, everyMs = 500 }) {
  const started = Date.now();
  for (;;) {
    const wrong = await complaint().catch((error) => error.message);
    const took = (Date.now() - started) / 1000;
    if (wrong === undefined) return took;
    if (took > seconds) throw new Error(`not within ${seconds} s: ${wrong}`);
    await sleep(everyMs);
  }
}

/** Throws unless it holds. */
export function expect(holds, message) {
  if (!holds) throw new Error(message);
}

/** Bounds within which a share of `count` tries stays with a probability of about 1 - 6e-7 (5 standard deviations). */
export function likely(count, share) {
  const deviation = 5 * Math.sqrt(count * share * (1 - share));
  return [count * share - deviation, count * share + deviation];
}
