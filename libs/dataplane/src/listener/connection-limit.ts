import type { Socket } from 'node:net';

export interface ConnectionLimitParams {
  /** Absent: none. */
  readonly maxConnections?: number | undefined;
  /** One number that all workers count in (on shared memory); default one of this worker alone. */
  readonly active?: Int32Array | undefined;
  /** Where in `active` this worker counts its own, so that they can be taken off when it ends; default nowhere. */
  readonly ownSlot?: number | undefined;
}

/** Envoy's global limit of connections from clients, over all listeners and workers. */
export class ConnectionLimit {
  readonly #max: number;
  readonly #active: Int32Array;
  readonly #ownSlot: number | undefined;

  constructor({ maxConnections, active, ownSlot }: ConnectionLimitParams) {
    this.#max = maxConnections ?? Number.POSITIVE_INFINITY;
    this.#active = active ?? new Int32Array(1);
    this.#ownSlot = ownSlot;
  }

  /** False when there are too many; else the connection counts until it closes. Exempt ones neither count nor are refused. */
  take(socket: Socket, exempt: boolean): boolean {
    if (exempt || this.#max === Number.POSITIVE_INFINITY) return true;
    const active = this.#active;
    if (Atomics.add(active, 0, 1) >= this.#max) {
      Atomics.sub(active, 0, 1);
      return false;
    }
    this.#countOwn(1);
    socket.once('close', () => {
      Atomics.sub(active, 0, 1);
      this.#countOwn(-1);
    });
    return true;
  }

  #countOwn(by: number): void {
    if (this.#ownSlot !== undefined) Atomics.add(this.#active, this.#ownSlot, by);
  }
}
