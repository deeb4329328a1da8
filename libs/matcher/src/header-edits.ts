import type { HeaderOperationsIr } from '@malla/ir';
import type { Headers } from './request.ts';

/** Header fields that can be edited in place: a request's or response's on its way. */
export interface EditableHeaders {
  set(name: string, value: string): void;
  append(name: string, value: string): void;
  remove(name: string): unknown;
}

/**
 * Edits of one or several levels (rule, then destination) as one list, in Envoy's order: the removals of all levels, then all that is set (overwritten,
 * a later level wins), then all that is added (appended). Source: Envoy source/common/router/header_parser.cc.
 */
export class HeaderEdits {
  readonly #remove: readonly string[];
  readonly #set: HeaderOperationsIr['set'];
  readonly #add: HeaderOperationsIr['add'];
  /** Nothing to do. */
  readonly empty: boolean;

  constructor(levels: readonly HeaderOperationsIr[]) {
    this.#remove = levels.flatMap(({ remove }) => remove);
    this.#set = levels.flatMap(({ set }) => set);
    this.#add = levels.flatMap(({ add }) => add);
    this.empty = this.#remove.length + this.#set.length + this.#add.length === 0;
  }

  apply(headers: EditableHeaders): void {
    if (this.empty) return;
    for (const name of this.#remove) headers.remove(name);
    for (const [name, value] of this.#set) headers.set(name, value);
    for (const [name, value] of this.#add) headers.append(name, value);
  }
}

/** The same on plain data, for the simulator: values of repeated fields are joined by a comma. */
export function editHeaders(headers: Headers, ...levels: readonly HeaderOperationsIr[]): Headers {
  const edited: Record<string, string> = { ...headers };
  new HeaderEdits(levels).apply({
    remove: (name) => delete edited[name],
    set: (name, value) => (edited[name] = value),
    append: (name, value) => {
      const before = edited[name];
      edited[name] = before === undefined ? value : `${before},${value}`;
    },
  });
  return edited;
}
