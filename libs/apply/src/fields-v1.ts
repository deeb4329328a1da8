import type { FieldSet } from './field-set.ts';
import { FieldSetBuilder } from './field-set.ts';
import { isObject, type Json } from './json.ts';
import { parsePathElement } from './path-element.ts';

/** Managed sets are no deeper than objects may be. */
const mostLevels = 80;

/** A set in the JSON of `managedFields[].fieldsV1`. */
export function writeFieldsV1(set: FieldSet): Json {
  const result: Json = {};
  if (set.owned && set.children.size > 0) result['.'] = {};
  for (const element of [...set.children.keys()].sort())
    result[element] = writeFieldsV1(set.children.get(element) as FieldSet);
  return result;
}

/** Reads `fieldsV1`; undefined if it is not well-formed. */
export function readFieldsV1(json: unknown): FieldSet | undefined {
  const root = new FieldSetBuilder();
  if (!isObject(json) || !fill(root, json, mostLevels)) return undefined;
  return root.build();
}

function fill(into: FieldSetBuilder, json: Json, levels: number): boolean {
  if (levels === 0) return false;
  for (const [key, below] of Object.entries(json)) {
    if (key === '.') {
      into.own();
      continue;
    }
    const element = parsePathElement(key);
    if (element === undefined || !isObject(below)) return false;
    const child = into.at(element);
    if (Object.keys(below).length === 0) child.own();
    else if (!fill(child, below, levels - 1)) return false;
  }
  return true;
}
