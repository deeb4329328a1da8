import { RE2JS } from 're2js';
import { celTypes, listOf } from '../cel-type.ts';
import { codePoints, CelError, spend, type Frame } from '../cel-value.ts';
import { overload, type FunctionTable } from '../overload.ts';

const { string, int, bool } = celTypes;

const compiled = new Map<string, RE2JS>();
/** Patterns are those of the rules; a bound all the same, as one may come from an object. */
const mostPatterns = 500;

/** A pattern of RE2, compiled once. Throws `CelError` where RE2 refuses it. */
export function regex(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  if (compiled.size >= mostPatterns) compiled.clear();
  try {
    const made = RE2JS.compile(pattern);
    compiled.set(pattern, made);
    return made;
  } catch (thrown) {
    throw new CelError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** Positions and lengths of CEL are code points. Texts without surrogates, which are almost all, need no array. */
function points(text: string): readonly string[] | string {
  return codePoints(text) === text.length ? text : Array.from(text);
}

const join = (part: readonly string[] | string) => (typeof part === 'string' ? part : part.join(''));

function between(text: string, from: number, to: number | undefined): string {
  const all = points(text);
  const end = to ?? all.length;
  if (from < 0 || end > all.length || from > end) throw new CelError('index out of range');
  return join(all.slice(from, end));
}

function find(text: string, part: string, from: number, last: boolean): number {
  const all = points(text);
  if (from < 0 || from > all.length) throw new CelError('index out of range');
  const head = join(all.slice(0, from)).length;
  const at = last ? text.lastIndexOf(part, head) : text.indexOf(part, head);
  return at < 0 ? -1 : codePoints(text.slice(0, at));
}

const test = (run: (text: string, part: string) => boolean) =>
  overload(['string', 'string'], bool, (frame, text: string, part: string) => {
    spend(frame, text.length >> 4);
    return run(text, part);
  });

/** Changes the letters of ASCII only. */
const ascii = (pattern: RegExp, change: (text: string) => string) =>
  overload(['string'], string, (frame, text: string) => {
    spend(frame, text.length >> 4);
    return text.replace(pattern, change);
  });

function replace(frame: Frame, text: string, from: string, to: string, most: number): string {
  spend(frame, text.length);
  if (most < 0) {
    const result = text.replaceAll(from, () => to);
    spend(frame, result.length);
    return result;
  }
  let [done, rest] = ['', text];
  for (let i = 0; i < most; i++) {
    const at = rest.indexOf(from);
    if (at < 0 || (from === '' && rest === '')) break;
    done += rest.slice(0, at) + to;
    spend(frame, to.length + 1);
    rest = rest.slice(at + from.length);
    if (from === '') {
      done += rest.slice(0, 1);
      rest = rest.slice(1);
    }
  }
  return done + rest;
}

function split(frame: Frame, text: string, by: string, most: number): string[] {
  spend(frame, text.length);
  if (most === 0) return [];
  const parts = by === '' ? Array.from(text) : text.split(by);
  return most < 0 || parts.length <= most ? parts : [...parts.slice(0, most - 1), parts.slice(most - 1).join(by)];
}

/** Unicode's white space, as Go's strings.TrimSpace has it. */
const trim = (text: string) => text.replace(/^[\s\u0085]+|[\s\u0085]+$/g, '');

function findAll(text: string, pattern: string, most: number): string[] {
  const matcher = regex(pattern).matcher(text);
  const found: string[] = [];
  while ((most < 0 || found.length < most) && matcher.find()) found.push(matcher.group() ?? '');
  return found;
}

/** Methods of texts. Source: https://github.com/google/cel-go/tree/master/ext#strings and k8s.io/apiserver/pkg/cel/library/regex.go */
export const stringMethods: FunctionTable = {
  contains: [test((text, part) => text.includes(part))],
  startsWith: [test((text, part) => text.startsWith(part))],
  endsWith: [test((text, part) => text.endsWith(part))],
  matches: [
    overload(['string', 'string'], bool, (frame, text: string, pattern: string) => {
      spend(frame, text.length);
      return regex(pattern).test(text);
    }),
  ],
  find: [
    overload(['string', 'string'], string, (frame, text: string, pattern: string) => {
      spend(frame, text.length);
      return findAll(text, pattern, 1)[0] ?? '';
    }),
  ],
  findAll: [
    overload(['string', 'string'], listOf(string), (frame, text: string, pattern: string) => {
      spend(frame, text.length);
      return findAll(text, pattern, -1);
    }),
    overload(['string', 'string', 'int'], listOf(string), (frame, text: string, pattern: string, most: number) => {
      spend(frame, text.length);
      return findAll(text, pattern, most);
    }),
  ],
  charAt: [
    overload(['string', 'int'], string, (_, text: string, at: number) =>
      at === codePoints(text) ? '' : between(text, at, at + 1),
    ),
  ],
  substring: [
    overload(['string', 'int'], string, (_, text: string, from: number) => between(text, from, undefined)),
    overload(['string', 'int', 'int'], string, (_, text: string, from: number, to: number) => between(text, from, to)),
  ],
  indexOf: [
    overload(['string', 'string'], int, (_, text: string, part: string) => find(text, part, 0, false)),
    overload(['string', 'string', 'int'], int, (_, text: string, part: string, from: number) =>
      find(text, part, from, false),
    ),
  ],
  lastIndexOf: [
    overload(['string', 'string'], int, (_, text: string, part: string) => find(text, part, codePoints(text), true)),
    overload(['string', 'string', 'int'], int, (_, text: string, part: string, from: number) =>
      find(text, part, from, true),
    ),
  ],
  lowerAscii: [ascii(/[A-Z]+/g, (text) => text.toLowerCase())],
  upperAscii: [ascii(/[a-z]+/g, (text) => text.toUpperCase())],
  trim: [overload(['string'], string, (_, text: string) => trim(text))],
  replace: [
    overload(['string', 'string', 'string'], string, (frame, text: string, from: string, to: string) =>
      replace(frame, text, from, to, -1),
    ),
    overload(['string', 'string', 'string', 'int'], string, replace),
  ],
  split: [
    overload(['string', 'string'], listOf(string), (frame, text: string, by: string) => split(frame, text, by, -1)),
    overload(['string', 'string', 'int'], listOf(string), split),
  ],
};
