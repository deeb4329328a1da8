import { keyText, type ResourceKey } from '@malla/store';

/** Keys to look at: each once, however often it was marked. */
export class DirtyKeys {
  readonly #keys = new Map<string, ResourceKey>();
  #wake: () => void = () => undefined;

  get size(): number {
    return this.#keys.size;
  }

  mark(key: ResourceKey): void {
    this.#keys.set(keyText(key), key);
    this.#wake();
  }

  /** At most so many, oldest first; they are no longer marked. */
  take(most: number): readonly ResourceKey[] {
    const taken: ResourceKey[] = [];
    for (const [text, key] of this.#keys) {
      if (taken.length === most) break;
      taken.push(key);
      this.#keys.delete(text);
    }
    return taken;
  }

  /** Resolves once there is one, or when the signal fires. */
  some(signal: AbortSignal): Promise<void> {
    if (this.#keys.size > 0 || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        this.#wake = () => undefined;
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
