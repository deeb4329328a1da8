import type { Problem } from '../result.ts';
import type { Environment } from './environment-text.ts';

/** Whoever reads a message and can tell in the end what was left. */
export interface MessageReader {
  readonly path: string;
  reportUntaken(): void;
}

/** One pass over a resource: its problems, and the reader of every message inside it. */
export class Reading {
  readonly problems: Problem[] = [];
  readonly environment: Environment;
  readonly #refused: string[] = [];
  readonly #readers: MessageReader[] = [];

  /** @param environment what `%ENVIRONMENT(NAME)%` stands for */
  constructor(environment: Environment = {}) {
    this.environment = environment;
  }

  /** Notes why the resource is refused. `path` is the field's in proto names. */
  report(path: string, message: string): void {
    this.problems.push({ path, message });
  }

  /** Notes why a whole field is refused; what stands inside it needs no further word. */
  refuse(path: string, message: string): void {
    this.report(path, message);
    this.#refused.push(path);
  }

  /** Takes in a reader, so that it is asked in the end. */
  add(reader: MessageReader): void {
    this.#readers.push(reader);
  }

  /** Reports every field that is set and was not taken. Call it once, at the end. */
  finish(): void {
    for (const reader of this.#readers) if (!this.#isRefused(reader.path)) reader.reportUntaken();
  }

  #isRefused(path: string): boolean {
    return this.#refused.some((refused) => path === refused || path.startsWith(`${refused}.`));
  }
}
