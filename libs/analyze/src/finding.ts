import { valueAt, type FieldPath } from '@malla/model';
import { argumentText, levels, messageOf, type Argument, type Level } from './codes/code.ts';
import { findCode } from './codes/find-code.ts';
import { originOf, type Subject } from './resources/subject.ts';

/** One finding of analysis. A value: where it is shown, and what it means for a caller, is decided by who asked. */
export interface Finding {
  /** Istio's code, such as `IST0101`, or one of Malla's own. */
  readonly code: string;
  readonly level: Level;
  readonly message: string;
  readonly args: readonly Argument[];
  /** The resource that it is about; undefined for the cluster or the mesh as a whole. */
  readonly subject: Subject | undefined;
  /** Field concerned; empty for the whole resource. It need not exist: then its nearest parent is meant. */
  readonly path: FieldPath;
}

export interface FindingParams {
  readonly subject: Subject | undefined;
  readonly args?: readonly Argument[];
  readonly path?: FieldPath;
  /** Instead of the text of the code, which then is an argument. */
  readonly message?: string;
  /** Instead of the level of the code. */
  readonly level?: Level;
}

/** A finding of a known code. Throws for an unknown one: a mistake of the program. */
export function findingOf(code: string, params: FindingParams): Finding {
  const definition = findCode(code);
  const { args = [], path = [], subject } = params;
  if (definition === undefined && (params.message === undefined || params.level === undefined))
    throw new Error(`unknown analysis code ${code}`);
  return {
    code,
    level: params.level ?? definition?.level ?? 'error',
    message: params.message ?? (definition === undefined ? '' : messageOf(definition, args)),
    args,
    subject,
    path,
  };
}

/** Origin as Istio writes it; `Cluster` for findings without a resource. */
export function originText(finding: Finding): string {
  return finding.subject === undefined ? 'Cluster' : originOf(finding.subject);
}

/** Whether a level is as bad as a threshold or worse. */
export function isAtLeast(level: Level, threshold: Level): boolean {
  return levels.indexOf(level) <= levels.indexOf(threshold);
}

/**
 * Sorted by cluster, level, code and origin, and each once. Two are the same if everything that is shown of them is: Istio shows the line of a
 * field if the field is there, and that of the resource if not. Source: Istio pkg/config/analysis/diag, SortedDedupedCopy
 */
export function sortFindings(findings: Iterable<Finding>): Finding[] {
  const seen = new Set<string>();
  const keyed: { readonly finding: Finding; readonly key: string }[] = [];
  for (const finding of findings) {
    const key = sortKey(finding);
    const place = `${key}\n${fieldKey(finding)}`;
    if (seen.has(place)) continue;
    seen.add(place);
    keyed.push({ finding, key });
  }
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map((k) => k.finding);
}

function sortKey({ subject, level, code, message, args }: Finding): string {
  const where = subject === undefined ? '' : `${subject.kind}/${subject.name}/${subject.namespace}`;
  return [subject?.cluster ?? '', levels.indexOf(level), code, where, message, ...args.map(argumentText)].join('\n');
}

function fieldKey({ subject, path }: Finding): string {
  if (subject === undefined || path.length === 0) return '';
  const value = valueAt(subject.resource, path);
  return value === undefined || (value !== null && typeof value === 'object') ? '' : path.join('\n');
}
