import type { LogRecord } from '../runtime/log-record.ts';
import type { LogSinks, Timer, Timers } from '../runtime/services.ts';
import { writeLogEntry } from './log-entry.ts';
import { ProtoWriter } from './proto-writer.ts';
import type { FromWorker } from './protocol.ts';

/** How long an entry may wait for others, in milliseconds. */
const flushMs = 100;
/** Bytes, or characters, that are sent without waiting. */
const flushSize = 64 * 1024;

type GrpcParams = Parameters<LogSinks['grpc']>[0];

interface Entries {
  readonly params: GrpcParams;
  readonly writer: ProtoWriter;
  count: number;
}

/** Gathers access-log entries and sends them to the main thread in batches. */
export class BatchedLogs implements LogSinks {
  readonly #timers: Timers;
  readonly #post: (message: FromWorker, transfer: readonly ArrayBuffer[]) => void;
  readonly #lines = new Map<string, string>();
  readonly #entries = new Map<string, Entries>();
  /** The key of each logger's parameters: they are the same object for every entry. */
  readonly #keys = new WeakMap<GrpcParams, Entries>();
  #timer: Timer | undefined;
  readonly #onTimer = (): void => this.flush();

  constructor(timers: Timers, post: (message: FromWorker, transfer: readonly ArrayBuffer[]) => void) {
    this.#timers = timers;
    this.#post = post;
  }

  grpc(params: GrpcParams, record: LogRecord): void {
    const entries = this.#keys.get(params) ?? this.#entriesFor(params);
    writeLogEntry(entries.writer, record, params.headers);
    entries.count++;
    if (entries.writer.length >= flushSize) this.#send(entries);
    else this.#timer ??= this.#timers.set(flushMs, this.#onTimer);
  }

  line(path: string, text: string): void {
    const gathered = (this.#lines.get(path) ?? '') + text;
    if (gathered.length >= flushSize) {
      this.#lines.delete(path);
      this.#post({ kind: 'lines', path, text: gathered }, []);
      return;
    }
    this.#lines.set(path, gathered);
    this.#timer ??= this.#timers.set(flushMs, this.#onTimer);
  }

  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const [path, text] of this.#lines) this.#post({ kind: 'lines', path, text }, []);
    this.#lines.clear();
    for (const entries of this.#entries.values()) if (entries.count > 0) this.#send(entries);
  }

  #entriesFor(params: GrpcParams): Entries {
    const key = `${params.protocol} ${params.cluster} ${params.logName}`;
    const entries = this.#entries.get(key) ?? { params, writer: new ProtoWriter(), count: 0 };
    this.#entries.set(key, entries);
    this.#keys.set(params, entries);
    return entries;
  }

  #send(entries: Entries): void {
    const { cluster, logName, protocol } = entries.params;
    const bytes = entries.writer.finish();
    const batch = { cluster, logName, protocol, entries: bytes, count: entries.count };
    entries.count = 0;
    this.#post({ kind: 'entries', batch }, [bytes.buffer]);
  }
}
