import { expect } from 'vitest';
import {
  applyDefaults,
  checkObject,
  findKind,
  groupOf,
  hasErrors,
  parsePath,
  type KnownResource,
  type Problem,
} from '@malla/model';
import { analysisCodes } from '../src/findings.ts';
import { validate, validateObject } from '../src/validate.ts';

/** Fields to set in a valid object, by path; `undefined` takes a field away. */
export type Edits = Readonly<Record<string, unknown>>;

/** One row of a table of rules: what is changed in a valid object, and where the complaint must be. */
export type RuleRow = readonly [edits: Edits, path: string];

/** A copy of plain data with some fields set. Objects and lists on the way are made. */
export function edited(object: object, edits: Edits): object {
  const copy = structuredClone(object);
  for (const [path, value] of Object.entries(edits)) {
    const segments = parsePath(path);
    let at = copy as Record<string | number, unknown>;
    for (const [i, segment] of segments.slice(0, -1).entries()) {
      at[segment] ??= typeof segments[i + 1] === 'number' ? [] : {};
      at = at[segment] as Record<string | number, unknown>;
    }
    const last = segments.at(-1) as string | number;
    if (value !== undefined) at[last] = value;
    else if (Array.isArray(at)) at.splice(last as number, 1);
    else delete at[last];
  }
  return copy;
}

/** The meaning alone, also of objects that the schema or its rules in CEL refuse. */
function meaningOf(object: object): Problem[] {
  const resource = object as KnownResource;
  const definition = findKind(groupOf(resource.apiVersion), resource.kind);
  if (definition === undefined) throw new Error(`no kind ${resource.kind} in ${resource.apiVersion}`);
  return validate(applyDefaults(definition, resource));
}

/** Asserts that a valid object with edits is refused, by a rule of this library at this path. */
export function expectRefused(valid: object, [edits, path]: RuleRow): void {
  const object = edited(valid, edits);
  expect(hasErrors(validateObject(object))).toBe(true);
  expectAt(meaningOf(object), { path, level: 'error', code: analysisCodes.invalid });
}

/** Asserts that a valid object with edits is accepted, with a warning at this path. */
export function expectWarned(valid: object, [edits, path]: RuleRow, code: string = analysisCodes.questionable): void {
  const object = edited(valid, edits);
  const problems = validateObject(object);
  expect(problems.filter(({ level }) => level === 'error')).toEqual([]);
  expectAt(problems, { path, level: 'warning', code });
}

/** Asserts that nothing is said of an object. */
export function expectValid(valid: object, edits: Edits = {}): void {
  const object = edited(valid, edits);
  expect(checkObject(object)).toEqual([]);
  expect(validateObject(object)).toEqual([]);
}

function expectAt(problems: readonly Problem[], wanted: Pick<Problem, 'path' | 'level' | 'code'>): void {
  const places = problems.map(({ path, level, code }) => ({ path, level, code }));
  expect(places).toContainEqual(wanted);
  for (const { message, hint } of problems) {
    expect(message).toMatch(/^\S.*[^.\s]$/s);
    expect(hint, message).toMatch(/^\S/);
  }
}
