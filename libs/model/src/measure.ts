import type { FieldPath } from './problems/field-path.ts';

/** What one pass over data from outside tells before anything else looks at it. */
export interface Measured {
  /** About the length of its JSON in UTF-16 units: escapes are not counted. */
  readonly size: number;
  readonly hasNull: boolean;
  /** The first place below the allowed depth; nothing below it was looked at. */
  readonly tooDeep: FieldPath | undefined;
  /** The first key that JavaScript gives a meaning. */
  readonly prototypeKey: FieldPath | undefined;
}

/** Measures plain data, without recursion deeper than `levels`. */
export function measure(data: unknown, levels: number): Measured {
  const pass = new Pass(levels);
  pass.visit(data, 0);
  return {
    size: pass.size,
    hasNull: pass.hasNull,
    tooDeep: pass.tooDeep ? pathTo(data, (_, depth) => depth >= levels) : undefined,
    prototypeKey: pass.hasPrototypeKey ? pathTo(data, (key) => key === '__proto__') : undefined,
  };
}

/** Counts without keeping paths: almost no object needs one. */
class Pass {
  size = 0;
  hasNull = false;
  tooDeep = false;
  hasPrototypeKey = false;
  readonly #levels: number;

  constructor(levels: number) {
    this.#levels = levels;
  }

  visit(value: unknown, depth: number): void {
    if (typeof value === 'string') {
      this.size += value.length + 3;
      return;
    }
    if (value === null) this.hasNull = true;
    this.size += 4;
    if (value === null || typeof value !== 'object') return;
    if (depth >= this.#levels) {
      this.tooDeep = true;
      return;
    }
    if (Array.isArray(value)) {
      for (const item of value) this.visit(item, depth + 1);
      return;
    }
    for (const key of Object.keys(value)) {
      this.size += key.length + 4;
      if (key === '__proto__') this.hasPrototypeKey = true;
      this.visit((value as Record<string, unknown>)[key], depth + 1);
    }
  }
}

/** The path of the first object or key for which something holds, depth first. */
function pathTo(data: unknown, holds: (key: string | number, depth: number) => boolean): FieldPath | undefined {
  const find = (value: unknown, path: FieldPath): FieldPath | undefined => {
    if (value === null || typeof value !== 'object') return undefined;
    if (holds(path.at(-1) ?? '', path.length)) return path;
    const keys = Array.isArray(value) ? value.map((_, i) => i) : Object.keys(value);
    for (const key of keys) {
      const child = (value as Record<string | number, unknown>)[key];
      const found = holds(key, -1) ? [...path, key] : find(child, [...path, key]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return find(data, []);
}
