/** Node's hook for util.inspect, without importing node:util: this also runs in a browser. */
const inspectHook: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

const shown = '[redacted]';

/**
 * A secret that does not leak by accident: printers, JSON, logs and string templates show `[redacted]`.
 * Only {@link PrivateText.reveal} gives the value.
 */
export class PrivateText {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself; call it at the last moment. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [inspectHook](): string {
    return shown;
  }
}
