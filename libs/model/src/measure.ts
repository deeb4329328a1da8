import type { FieldPath } from './problems/field-path.ts';

/** What one pass over data from outside tells before anything else looks at it. */
export interface Measured {
  /** More than allowed, by about the length of its JSON in UTF-16 units (escapes are not counted); the rest was not looked at. */
  readonly tooLarge: boolean;
  readonly hasNull: boolean;
  /** The first place below the allowed depth; nothing below it was looked at. */
  readonly tooDeep: FieldPath | undefined;
  /** The first key that JavaScript gives a meaning. */
  readonly prototypeKey: FieldPath | undefined;
}

export interface MeasureLimits {
  /** Deepest nesting. */
  readonly levels: number;
  /** Largest size, in UTF-16 units of JSON. */
  readonly size: number;
}

/**
 * Measures plain data, without recursion deeper than allowed, and no longer than the allowed size takes: data may be far larger than its
 * text, where parts of it stand at many places (aliases of YAML).
 */
export function measure(data: unknown, limits: MeasureLimits): Measured {
  const { levels } = limits;
  const pass = new Pass(limits);
  pass.visit(data, 0);
  const tooLarge = pass.size > limits.size;
  if (tooLarge) return { tooLarge, hasNull: pass.hasNull, tooDeep: undefined, prototypeKey: undefined };
  return {
    tooLarge,
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
  readonly #most: number;

  constructor({ levels, size }: MeasureLimits) {
    this.#levels = levels;
    this.#most = size;
  }

  visit(value: unknown, depth: number): void {
    if (typeof value === 'string') {
      this.size += value.length + 3;
      return;
    }
    if (value === null) this.hasNull = true;
    this.size += 4;
    if (value === null || typeof value !== 'object' || this.size > this.#most) return;
    if (depth >= this.#levels) {
      this.tooDeep = true;
      return;
    }
    if (Array.isArray(value)) {
      for (const item of value) {
        if (this.size > this.#most) return;
        this.visit(item, depth + 1);
      }
      return;
    }
    for (const key of Object.keys(value)) {
      if (this.size > this.#most) return;
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
