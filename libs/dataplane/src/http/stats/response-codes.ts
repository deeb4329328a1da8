import type { Counter, StatsScope } from '../../runtime/instruments.ts';

/** Counters by response code under one prefix: `<prefix>rq_completed`, `<prefix>rq_2xx`, `<prefix>rq_200`; made when first needed. */
export class ResponseCodes {
  readonly #scope: StatsScope;
  readonly #prefix: string;
  readonly #completed: Counter;
  readonly #classes: (Counter | undefined)[] = [undefined, undefined, undefined, undefined, undefined, undefined];
  readonly #codes = new Map<number, Counter>();

  constructor(scope: StatsScope, prefix: string) {
    this.#scope = scope;
    this.#prefix = prefix;
    this.#completed = scope.counter(`${prefix}rq_completed`);
  }

  count(status: number): void {
    this.#completed.inc();
    const family = (status / 100) | 0;
    let ofClass = this.#classes[family];
    if (ofClass === undefined) {
      ofClass = this.#scope.counter(`${this.#prefix}rq_${family}xx`);
      this.#classes[family] = ofClass;
    }
    ofClass.inc();
    let ofCode = this.#codes.get(status);
    if (ofCode === undefined) {
      ofCode = this.#scope.counter(`${this.#prefix}rq_${status}`);
      this.#codes.set(status, ofCode);
    }
    ofCode.inc();
  }
}
