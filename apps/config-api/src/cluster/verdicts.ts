import type { Resource } from '@malla/model';
import { keyOf, keyText } from '@malla/store';

/** Why an object of the cluster is not taken. */
export interface Refusal {
  /** `metadata.generation` of the refused object. */
  readonly generation: number;
  /** For people. */
  readonly message: string;
}

/** Which objects of the cluster are not taken, and why: the last good ones stay in force. */
export class Verdicts {
  readonly #refusals = new Map<string, Refusal>();
  #changes = 0;

  /** How often any of them has changed. */
  get changes(): number {
    return this.#changes;
  }

  /** How many are not taken. */
  get count(): number {
    return this.#refusals.size;
  }

  of(object: Resource): Refusal | undefined {
    return this.#refusals.get(keyText(keyOf(object)));
  }

  /** True if that is new. */
  refuse(object: Resource, message: string): boolean {
    const key = keyText(keyOf(object));
    const generation = object.metadata.generation ?? 1;
    const before = this.#refusals.get(key);
    if (before?.generation === generation && before.message === message) return false;
    this.#refusals.set(key, { generation, message });
    this.#changes++;
    return true;
  }

  accept(key: string): void {
    if (this.#refusals.delete(key)) this.#changes++;
  }
}
