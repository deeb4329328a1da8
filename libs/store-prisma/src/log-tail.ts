import { setTimeout as sleep } from 'node:timers/promises';
import type { Change } from '@malla/store';

export interface LogTailParams {
  /** Changes after a revision in commit order, at most `limit`. */
  readonly read: (after: number, limit: number) => Promise<readonly Change[]>;
  /** The last committed revision. */
  readonly revision: () => Promise<number>;
  /** How often it looks without being woken, in milliseconds. */
  readonly pollMs: number;
  /** Told each time the log could, or could not, be read. */
  readonly onRead: (error: unknown) => void;
}

/** Changes kept in memory; watchers that are further behind read the database. */
const mostKept = 20_000;
/** Bytes of objects kept, as JSON: objects may have 1 MiB, and there may be any number of large ones. */
const mostKeptBytes = 64 * 1_024 * 1_024;
const pageSize = 1_000;
const mostBackOffMs = 5_000;

/**
 * Follows the log for all watchers of a process: one reader, any number of cursors. Woken by hints, and by its own clock
 * in case they fail. It keeps the newest changes; revisions in it have no gaps.
 */
export class LogTail {
  readonly #params: LogTailParams;
  readonly #stop = new AbortController();
  #changes: Change[] = [];
  /** Of each kept change. */
  #sizes: number[] = [];
  #head = 0;
  #hinted = false;
  #wakeReader: (() => void) | undefined;
  readonly #followers = new Set<() => void>();
  #running: Promise<void> = Promise.resolve();

  constructor(params: LogTailParams) {
    this.#params = params;
  }

  /** The newest revision that watchers can see. */
  get head(): number {
    return this.#head;
  }

  async start(): Promise<void> {
    this.#head = await this.#params.revision();
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.wake();
    for (const follower of this.#followers) follower();
    await this.#running;
  }

  /** There may be something new. */
  wake(): void {
    this.#hinted = true;
    this.#wakeReader?.();
  }

  /** Takes the changes of this process's own commit without reading them back, when nothing came in between. */
  offer(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    if (changes[0]?.revision === this.#head + 1) this.#append(changes);
    else this.wake();
  }

  /** The changes after a revision that are in memory; undefined if that revision is too old for it. */
  after(revision: number): readonly Change[] | undefined {
    const first = this.#head - this.#changes.length;
    if (revision < first) return undefined;
    return this.#changes.slice(revision - first);
  }

  /** Drops changes before a revision, so that watchers who still want them are refused as they would be elsewhere. */
  forget(before: number): void {
    const first = this.#changes.findIndex(({ revision }) => revision >= before);
    this.#drop(first < 0 ? this.#changes.length : first);
  }

  /** Resolves once there is a change after the revision, or the signal is aborted, or the tail is closed. */
  changed(revision: number, signal?: AbortSignal): Promise<void> {
    if (this.#head > revision || signal?.aborted || this.#stop.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        this.#followers.delete(done);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      this.#followers.add(done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  get closed(): boolean {
    return this.#stop.signal.aborted;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.closed) {
      await this.#pause(
        failures === 0 ? this.#params.pollMs : Math.random() * Math.min(mostBackOffMs, 100 * 2 ** failures),
        failures > 0,
      );
      if (this.closed) return;
      try {
        await this.#catchUp();
        failures = 0;
        this.#params.onRead(undefined);
      } catch (error) {
        failures++;
        this.#params.onRead(error);
      }
    }
  }

  async #catchUp(): Promise<void> {
    for (;;) {
      this.#hinted = false;
      const page = await this.#params.read(this.#head, pageSize);
      const fresh = page.filter(({ revision }) => revision > this.#head);
      const first = fresh[0];
      if (first !== undefined && first.revision !== this.#head + 1) {
        // The log was compacted past us while it was out of reach: watchers must begin anew.
        this.#drop(this.#changes.length);
        this.#head = await this.#params.revision();
        this.#tell();
        return;
      }
      this.#append(fresh);
      if (page.length < pageSize && !this.#hinted) return;
    }
  }

  #append(changes: readonly Change[]): void {
    const last = changes.at(-1);
    if (last === undefined) return;
    this.#changes.push(...changes);
    this.#sizes.push(...changes.map(sizeOf));
    this.#head = last.revision;
    this.#dropOld();
    this.#tell();
  }

  /** Makes room by a fifth at a time, so that it is seldom done. */
  #dropOld(): void {
    const bytes = this.#sizes.reduce((sum, size) => sum + size, 0);
    if (this.#changes.length > mostKept * 1.25) this.#drop(this.#changes.length - mostKept);
    if (bytes <= mostKeptBytes * 1.25) return;
    let kept = 0;
    const first = this.#sizes.findLastIndex((size) => (kept += size) > mostKeptBytes);
    this.#drop(first + 1);
  }

  #drop(count: number): void {
    if (count === 0) return;
    this.#changes = this.#changes.slice(count);
    this.#sizes = this.#sizes.slice(count);
  }

  #tell(): void {
    for (const follower of [...this.#followers]) follower();
  }

  /** Waits for the time or a wake-up; while the database fails, only for the time. */
  async #pause(ms: number, failing: boolean): Promise<void> {
    if (this.#hinted && !failing) return;
    const timer = new AbortController();
    this.#wakeReader = () => {
      if (!failing || this.closed) timer.abort();
    };
    await sleep(ms, undefined, { signal: timer.signal, ref: false }).catch(() => undefined);
    this.#wakeReader = undefined;
  }
}

/** A replaced object weighs as much as its successor, nearly. */
function sizeOf({ object, previous }: Change): number {
  return JSON.stringify(object).length * (previous === undefined ? 1 : 2);
}
