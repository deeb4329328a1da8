import { isNode, isScalar, LineCounter, parseAllDocuments, visit, type Document, type YAMLError } from 'yaml';
import { parsePath, valueAt, type FieldPath } from '../problems/field-path.ts';
import { errorAt, problemCodes, type Position, type Problem } from '../problems/problem.ts';
import type { Resource } from '../registry.ts';
import { keepAddressScalars } from './address-scalars.ts';
import { locate } from './locate.ts';

export interface ParseOptions {
  /** Name of the file for problems; `-` for standard input. */
  readonly file?: string;
  /** Largest text accepted, in UTF-16 units; default 16 Mi. */
  readonly maxSize?: number;
}

/** One object of a manifest, shaped like a resource but not yet checked against its schema (`checkObject`). */
export interface ManifestEntry {
  readonly resource: Resource;
  readonly file: string | undefined;
  /** Where a field stands: of the nearest existing parent if the field is missing. Path as text or segments. */
  position(path: string | FieldPath): Position;
}

export interface ParsedManifests {
  readonly resources: readonly ManifestEntry[];
  /** Problems of the text; with any error in it, the document concerned is not among the resources. */
  readonly problems: readonly Problem[];
}

const defaultMaxSize = 16 * 1024 * 1024;
/** Most expansions of anchors per document: stops "billion laughs". */
const maxAliasCount = 100;

/** Most anchors and aliases in one text, expanded or not: manifests have a handful. */
const maxAnchors = 10_000;

/** A place in a text: a document, and a path inside it where an item of a List begins. */
interface Place {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  readonly file: string | undefined;
  readonly prefix: FieldPath;
}

/**
 * Reads YAML or JSON with any number of documents; a `List` gives its items; empty documents give nothing. Every mistake becomes a
 * problem with file, line and column. Does not throw.
 */
export function parseManifests(text: string, options: ParseOptions = {}): ParsedManifests {
  const { file, maxSize = defaultMaxSize } = options;
  if (text.length > maxSize)
    return {
      resources: [],
      problems: [inFile(errorAt(problemCodes.tooLarge, '', `is larger than ${maxSize} characters`), file)],
    };
  if (hasTooManyAnchors(text))
    return {
      resources: [],
      problems: [inFile(errorAt(problemCodes.tooLarge, '', `has more than ${maxAnchors} anchors and aliases`), file)],
    };
  const lines = new LineCounter();
  const documents = parseDocuments(text, lines);
  if (documents === undefined)
    return { resources: [], problems: [inFile(errorAt(problemCodes.tooLarge, '', 'is nested too deeply'), file)] };
  const resources: ManifestEntry[] = [];
  const problems: Problem[] = [];
  for (const document of documents) {
    const found = readDocument({ document, lines, file, prefix: [] });
    resources.push(...found.resources);
    problems.push(...found.problems);
  }
  return { resources, problems };
}

/** Counts what looks like an anchor or an alias, before a parser that needs long for many of them sees the text. */
function hasTooManyAnchors(text: string): boolean {
  const anchor = /(?:^|[\s[{,:-])[&*][^\s[\]{},*&]/gm;
  for (let count = 0; anchor.exec(text) !== null;) if (++count > maxAnchors) return true;
  return false;
}

function parseDocuments(text: string, lines: LineCounter): Document.Parsed[] | undefined {
  try {
    const documents = parseAllDocuments(text, {
      lineCounter: lines,
      // Looked for here, in a time that grows with the number of keys and not with its square.
      uniqueKeys: false,
      merge: true,
      prettyErrors: false,
      strict: true,
    });
    return Array.isArray(documents) ? documents : [];
  } catch (thrown) {
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

function readDocument(place: Place): ParsedManifests {
  const { document, lines, file } = place;
  if (document.errors.length > 0)
    return { resources: [], problems: document.errors.map((e) => syntaxProblem(e, lines, file)) };
  const keys = wrongKeys(document);
  if (keys.length > 0) return { resources: [], problems: keys.map(([p, offset]) => positionedAt(p, offset, place)) };
  keepAddressScalars(document);
  const value = toData(document);
  if (value instanceof Error) {
    return { resources: [], problems: [positioned(errorAt(problemCodes.tooLarge, '', value.message), place)] };
  }
  return value === null || value === undefined ? { resources: [], problems: [] } : readObject(value, place);
}

const compoundKey = errorAt(problemCodes.syntax, '', 'a key must be plain text, not a list, an object or an alias');
const repeatedKey = errorAt(problemCodes.duplicateKey, '', 'the same key stands twice in this object');
const mostKeyProblems = 20;

/**
 * Keys that stand twice in their object, and those that are lists, objects or aliases, which YAML allows and no resource has: making a
 * text of a nested one takes time without bound. Each with its offset; the first ones.
 */
function wrongKeys(document: Document.Parsed): readonly (readonly [Problem, number | undefined])[] {
  const found: [Problem, number | undefined][] = [];
  try {
    visit(document, {
      Map(_, { items }) {
        const seen = new Set<string>();
        for (const { key } of items) {
          const offset = isNode(key) ? key.range?.[0] : undefined;
          if (key !== null && !isScalar(key)) found.push([compoundKey, offset]);
          const name = isScalar(key) ? String(key.value) : undefined;
          if (name !== undefined && name !== '<<' && seen.has(name)) found.push([repeatedKey, offset]);
          if (name !== undefined) seen.add(name);
          if (found.length >= mostKeyProblems) return visit.BREAK;
        }
        return undefined;
      },
    });
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    return [[errorAt(problemCodes.tooLarge, '', 'is nested too deeply'), undefined]];
  }
  return found;
}

/** Plain data of a document, or the error when anchors or nesting exceed the bounds. */
function toData(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount });
  } catch (thrown) {
    if (thrown instanceof RangeError) return new Error('is nested too deeply');
    return new Error('uses anchors in a way that is not accepted: too many expansions, or an unknown anchor');
  }
}

function readObject(value: unknown, place: Place): ParsedManifests {
  const problems = requiredFields(value).map((p) => positioned(p, place));
  if (problems.length > 0) return { resources: [], problems };
  const { kind, items } = value as { kind: string; items?: unknown };
  if (kind.endsWith('List') && Array.isArray(items)) {
    const parts = items.map((item, i) => readObject(item, { ...place, prefix: [...place.prefix, 'items', i] }));
    return { resources: parts.flatMap((p) => p.resources), problems: parts.flatMap((p) => p.problems) };
  }
  if (!hasName(value)) {
    return {
      resources: [],
      problems: [positioned(errorAt(problemCodes.notAnObject, 'metadata.name', 'is required'), place)],
    };
  }
  const position = (path: string | FieldPath) => positionOf(typeof path === 'string' ? parsePath(path) : path, place);
  return { resources: [{ resource: value as Resource, file: place.file, position }], problems: [] };
}

/** A name, or the beginning of one that the server completes on creation. */
function hasName(value: unknown): boolean {
  return ['name', 'generateName'].some((field) => {
    const given = valueAt(value, ['metadata', field]);
    return typeof given === 'string' && given !== '';
  });
}

function requiredFields(value: unknown): Problem[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return [errorAt(problemCodes.notAnObject, '', 'must be an object with apiVersion, kind and metadata')];
  }
  return ['apiVersion', 'kind'].flatMap((field) => {
    const given = valueAt(value, [field]);
    return typeof given === 'string' && given !== '' ? [] : [errorAt(problemCodes.notAnObject, field, 'is required')];
  });
}

function positionOf(path: FieldPath, { document, lines, prefix }: Place): Position {
  const offset = locate(document.contents, [...prefix, ...path]) ?? document.range[0];
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** With the position of an offset; of the document where there is none. */
function positionedAt(problem: Problem, offset: number | undefined, place: Place): Problem {
  const { line, col } = place.lines.linePos(offset ?? place.document.range[0]);
  return { ...inFile(problem, place.file), position: { line: Math.max(1, line), column: Math.max(1, col) } };
}

function positioned(problem: Problem, place: Place): Problem {
  return { ...inFile(problem, place.file), position: positionOf(parsePath(problem.path), place) };
}

function inFile(problem: Problem, file: string | undefined): Problem {
  return file === undefined ? problem : { ...problem, file };
}

function syntaxProblem(error: YAMLError, lines: LineCounter, file: string | undefined): Problem {
  const { line, col } = lines.linePos(error.pos[0]);
  const message = `is not valid YAML: ${lowerFirst(brief(error.message))}`;
  return { ...inFile(errorAt(problemCodes.syntax, '', message), file), position: { line, column: col } };
}

/** Messages of the parser quote the text, however long it is, and whatever secret it holds further on. */
function brief(message: string): string {
  const [line = ''] = message.split('\n');
  return line.length > 120 ? `${line.slice(0, 117)}...` : line;
}

const lowerFirst = (text: string) => text.slice(0, 1).toLowerCase() + text.slice(1);
