import { closeSync, openSync, readSync, statSync, truncateSync } from 'node:fs';
import type { Logger } from 'pino';
import { parseLogLine } from './command-line.ts';
import type { Timers } from './timers.ts';

export interface LogFileParams {
  /** The file that Envoy appends to. */
  readonly path: string;
  readonly logger: Logger;
  readonly timers: Timers;
  /** Size in bytes at which the file is emptied; default 4 MiB. */
  readonly maxBytes?: number;
  /** Lines a second that reach the log; more are counted and dropped. Default 100. */
  readonly maxLinesPerSecond?: number;
  /** Where lines go that are no messages of Envoy, as they are: access logs. Default: into the log. */
  readonly output?: LineOutput;
}

/** A stream such as standard output. */
export interface LineOutput {
  /** Bytes that nobody has taken yet. */
  readonly writableLength: number;
  write(text: string): unknown;
}

/**
 * Brings Envoy's output into the agent's log, bounded in rate and on disk. A file and not a pipe: Envoy goes on writing while no
 * agent reads, and an agent that adopts it reads on.
 */
export class LogFile {
  readonly #params: LogFileParams;
  readonly #stopped = new AbortController();
  #offset: number;
  #rest = '';
  #second = 0;
  #linesInSecond = 0;
  #dropped = 0;
  #lastErrors: string[] = [];

  constructor(params: LogFileParams) {
    this.#params = params;
    // What an Envoy before this agent wrote was read by the agent of that time.
    this.#offset = sizeOf(params.path);
  }

  /** Reads until stop is called. */
  async follow(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      this.read();
      await this.#params.timers.sleep(followIntervalMs, this.#stopped.signal);
    }
    this.read();
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** The latest lines of level error or critical since the last call: why Envoy ended, in its own words. */
  takeErrors(): string[] {
    this.read();
    return this.#lastErrors.splice(0);
  }

  /** Logs what is new in the file, and empties the file when it has grown too large. */
  read(): void {
    const size = sizeOf(this.#params.path);
    if (size < this.#offset) this.#offset = 0;
    while (this.#offset < size) {
      const bytes = readFrom(this.#params.path, this.#offset, Math.min(chunkBytes, size - this.#offset));
      if (bytes.length === 0) break;
      this.#take(bytes);
    }
    this.#reportDropped();
    if (size < (this.#params.maxBytes ?? 4 * 1024 * 1024)) return;
    // Envoy appends (O_APPEND), so it goes on at the new beginning.
    truncateSync(this.#params.path, 0);
    this.#offset = 0;
  }

  #take(bytes: Buffer): void {
    this.#offset += bytes.length;
    const lines = (this.#rest + bytes.toString('utf8')).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, maxLineLength);
    for (const line of lines) this.#log(line.slice(0, maxLineLength));
  }

  #log(line: string): void {
    if (line.trim() === '') return;
    const message = parseLogLine(line);
    const level = message === undefined ? undefined : levels[message.level];
    if (message !== undefined && level === 'error') this.#lastErrors = [...this.#lastErrors.slice(-4), message.text];
    const { output } = this.#params;
    if (message === undefined && output !== undefined) {
      this.#print(line, output);
      return;
    }
    if (!this.#mayLog()) return;
    if (message === undefined || level === undefined) this.#params.logger.info({ line }, 'output of the proxy');
    else this.#params.logger[level]({ envoyLogger: message.logger, line: message.text }, 'message of the proxy');
  }

  /** Whoever reads too slowly loses lines, and not the agent its memory. */
  #print(line: string, output: LineOutput): void {
    if (output.writableLength > maxWaitingBytes) this.#dropped++;
    else output.write(`${line}\n`);
  }

  #mayLog(): boolean {
    const second = Math.floor(this.#params.timers.now() / 1000);
    if (second !== this.#second) this.#linesInSecond = 0;
    this.#second = second;
    if (++this.#linesInSecond <= (this.#params.maxLinesPerSecond ?? 100)) return true;
    this.#dropped++;
    return false;
  }

  #reportDropped(): void {
    if (this.#dropped === 0 || Math.floor(this.#params.timers.now() / 1000) === this.#second) return;
    this.#params.logger.warn({ lines: this.#dropped }, 'output of the proxy dropped');
    this.#dropped = 0;
  }
}

const followIntervalMs = 300;
const chunkBytes = 64 * 1024;
const maxLineLength = 16_384;
const maxWaitingBytes = 4 * 1024 * 1024;

/** Envoy's levels as pino's. */
const levels: Readonly<Record<string, 'debug' | 'info' | 'warn' | 'error'>> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  warning: 'warn',
  warn: 'warn',
  error: 'error',
  critical: 'error',
};

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function readFrom(path: string, offset: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, readSync(file, buffer, 0, length, offset));
  } finally {
    closeSync(file);
  }
}
