import { createWriteStream, type WriteStream } from 'node:fs';
import type { Counter, StatsScope } from '../runtime/instruments.ts';

/** Bytes that may wait for a disk that does not keep up; beyond, lines are dropped and counted. */
const maxWaitingBytes = 8 * 1024 * 1024;

/** The files of access logs. `/dev/stdout` and `/dev/stderr` are what their names say. */
export class FileLogs {
  readonly #files = new Map<string, WriteStream>();
  readonly #onError: (path: string, error: Error) => void;
  readonly #written: Counter;
  readonly #failed: Counter;

  constructor(stats: StatsScope, onError: (path: string, error: Error) => void) {
    this.#onError = onError;
    this.#written = stats.counter('filesystem.write_completed');
    this.#failed = stats.counter('filesystem.write_failed');
  }

  write(path: string, text: string): void {
    if (path === '/dev/stdout') process.stdout.write(text);
    else if (path === '/dev/stderr') process.stderr.write(text);
    else this.#writeFile(path, text);
  }

  /** After a rotation: the next line goes to a new file. */
  reopen(): void {
    for (const file of this.#files.values()) file.end();
    this.#files.clear();
  }

  /** Resolves when all that was written is in the files. */
  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => new Promise((resolve) => file.end(resolve))));
    this.#files.clear();
  }

  #writeFile(path: string, text: string): void {
    const file = this.#files.get(path) ?? this.#open(path);
    if (file.writableLength > maxWaitingBytes) {
      this.#failed.inc();
      return;
    }
    file.write(text);
    this.#written.inc();
  }

  #open(path: string): WriteStream {
    const file = createWriteStream(path, { flags: 'a', mode: 0o600 });
    file.on('error', (error) => {
      this.#failed.inc();
      if (this.#files.get(path) === file) this.#files.delete(path);
      this.#onError(path, error);
    });
    this.#files.set(path, file);
    return file;
  }
}
