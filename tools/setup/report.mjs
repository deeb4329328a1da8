// What set-up says while it works: one line per step on stderr, so that stdout stays the task's own.

/** An error whose message is all that the user needs: it is printed without a stack. */
export class SetupError extends Error {
  /** @param {string} message what is wrong  @param {string} [advice] what to do about it */
  constructor(message, advice) {
    super(message);
    this.name = 'SetupError';
    this.advice = advice;
  }
}

/** Seconds between two "still working" lines. */
const HEARTBEAT_SECONDS = 15;

/** Prints one line. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs one long step with a line at its start and its end, and a sign of life in between.
 * @template T
 * @param {string} title @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function withProgress(title, work) {
  const started = Date.now();
  const seconds = () => ((Date.now() - started) / 1000).toFixed(1);
  say(`  ${title} ...`);
  const heartbeat = setInterval(() => say(`  ${title} ... ${seconds()} s`), HEARTBEAT_SECONDS * 1000);
  try {
    const result = await work();
    say(`  ${title}: done in ${seconds()} s`);
    return result;
  } finally {
    clearInterval(heartbeat);
  }
}
