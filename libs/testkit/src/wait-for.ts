/** How long and how often {@link waitFor} looks. */
export interface WaitOptions {
  /** Default 30 s: it ends what hangs, and does not measure. */
  readonly timeoutMs?: number;
  /** Default 20 ms. */
  readonly intervalMs?: number;
  /** What is waited for, for the error. */
  readonly what: string;
}

/** Looks until a condition gives something other than undefined or false; an error it throws counts as "not yet". */
export async function waitFor<T>(
  look: () => T | Promise<T>,
  options: WaitOptions,
): Promise<Exclude<T, undefined | false>> {
  const until = performance.now() + (options.timeoutMs ?? 30_000);
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found as Exclude<T, undefined | false>;
    } catch (error) {
      last = error;
    }
    if (performance.now() > until) throw new Error(`waited in vain for ${options.what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, options.intervalMs ?? 20));
  }
}
