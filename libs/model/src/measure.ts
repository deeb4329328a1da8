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
  const found: { -readonly [K in keyof Measured]: Measured[K] } = {
    size: 0,
    hasNull: false,
    tooDeep: undefined,
    prototypeKey: undefined,
  };
  const path: (string | number)[] = [];
  const visit = (value: unknown): void => {
    if (typeof value === 'string') found.size += value.length + 3;
    else if (value === null) found.hasNull = true;
    if (value === null || typeof value !== 'object') {
      found.size += 4;
      return;
    }
    found.size += 2;
    if (path.length >= levels) {
      found.tooDeep ??= [...path];
      return;
    }
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) {
        path.push(i);
        visit(value[i]);
        path.pop();
      }
      return;
    }
    for (const key of Object.keys(value)) {
      path.push(key);
      found.size += key.length + 4;
      if (key === '__proto__') found.prototypeKey ??= [...path];
      visit((value as Record<string, unknown>)[key]);
      path.pop();
    }
  };
  visit(data);
  return found;
}
