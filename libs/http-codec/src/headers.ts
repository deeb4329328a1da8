import { assertFieldName, assertFieldValue } from './field-text.ts';

/**
 * Header fields in the order of the wire. Names are lower case, values are latin1 text (one character per byte), without white space around.
 * Several fields may have one name. Lookups are linear: heads are short, and most lookups are made once per request.
 *
 * What goes in is checked at once (`append`, `set`): a name that is no token in lower case, a value with a control character, or one above U+00FF, would
 * change the message on the wire, so it is a programmer's error and throws a TypeError. Text beyond ASCII goes in by `utf8Text`.
 */
export class HeaderList {
  /** Parallel to `values`. Read them directly in hot loops; change them only by the methods. */
  readonly names: readonly string[];
  readonly values: readonly string[];
  /** All fields went through a check, of this class or of a parser. Codecs check other lists before they write them. */
  readonly checked: boolean;

  /** The arrays belong to the list from then on. */
  constructor(names: string[] = [], values: string[] = [], checked: boolean = names.length === 0) {
    this.names = names;
    this.values = values;
    this.checked = checked;
  }

  /** From a parser that has checked what `append` checks. */
  static ofChecked(names: string[], values: string[]): HeaderList {
    return new HeaderList(names, values, true);
  }

  /** From pairs; for specs and rare paths. */
  static of(...pairs: readonly (readonly [name: string, value: string])[]): HeaderList {
    const list = new HeaderList();
    for (const [name, value] of pairs) list.append(name, value);
    return list;
  }

  get length(): number {
    return this.names.length;
  }

  has(name: string): boolean {
    return this.names.includes(name);
  }

  /** The value of the only field of that name, or all values joined by a comma, as Envoy compares them; undefined without one. */
  get(name: string): string | undefined {
    const at = this.names.indexOf(name);
    if (at < 0) return undefined;
    const next = this.names.indexOf(name, at + 1);
    if (next < 0) return this.values[at];
    return this.getAll(name).join(',');
  }

  /** The first value; undefined without one. */
  first(name: string): string | undefined {
    const at = this.names.indexOf(name);
    return at < 0 ? undefined : this.values[at];
  }

  getAll(name: string): string[] {
    const found: string[] = [];
    for (let i = 0; i < this.names.length; i++) if (this.names[i] === name) found.push(this.values[i] as string);
    return found;
  }

  /** One more field, at the end. */
  append(name: string, value: string): void {
    assertFieldName(name);
    assertFieldValue(name, value);
    (this.names as string[]).push(name);
    (this.values as string[]).push(value);
  }

  /** The one field of that name: in the place of the first one if there is one, else at the end. */
  set(name: string, value: string): void {
    const at = this.names.indexOf(name);
    if (at < 0) {
      this.append(name, value);
      return;
    }
    assertFieldValue(name, value);
    (this.values as string[])[at] = value;
    if (this.names.indexOf(name, at + 1) >= 0) this.#removeFrom(at + 1, name);
  }

  /** True when there was one. */
  remove(name: string): boolean {
    const at = this.names.indexOf(name);
    if (at < 0) return false;
    this.#removeFrom(at, name);
    return true;
  }

  removeWhere(gone: (name: string, value: string) => boolean): void {
    const names = this.names as string[];
    const values = this.values as string[];
    let kept = 0;
    for (let i = 0; i < names.length; i++) {
      const name = names[i] as string;
      const value = values[i] as string;
      if (gone(name, value)) continue;
      names[kept] = name;
      values[kept] = value;
      kept++;
    }
    names.length = kept;
    values.length = kept;
  }

  clone(): HeaderList {
    return new HeaderList(this.names.slice(), this.values.slice(), this.checked);
  }

  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    for (let i = 0; i < this.names.length; i++) yield [this.names[i] as string, this.values[i] as string];
  }

  #removeFrom(start: number, name: string): void {
    const names = this.names as string[];
    const values = this.values as string[];
    let kept = start;
    for (let i = start; i < names.length; i++) {
      if (names[i] === name) continue;
      names[kept] = names[i] as string;
      values[kept] = values[i] as string;
      kept++;
    }
    names.length = kept;
    values.length = kept;
  }
}
