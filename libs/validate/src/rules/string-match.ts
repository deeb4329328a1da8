import type { FieldPath, StringMatch } from '@malla/model';
import type { Findings } from '../findings.ts';
import { regexProblem } from '../values/regex.ts';

export interface StringMatchOptions {
  /** Whether `prefix: ''` is allowed, which matches everything; default false. */
  readonly emptyPrefix?: boolean;
  /** Whether `{}` is allowed, which asks that the text is there; default false. */
  readonly presence?: boolean;
}

/** Checks how a text is matched. */
export function checkStringMatch(
  findings: Findings,
  path: FieldPath,
  match: StringMatch | undefined,
  { emptyPrefix = false, presence = false }: StringMatchOptions = {},
): void {
  if (match === undefined) return;
  const { exact, prefix, regex } = match;
  if (!presence && exact === undefined && prefix === undefined && regex === undefined)
    findings.error(path, 'matches nothing in particular', 'give exact, prefix or regex, or leave the field out');
  if (!emptyPrefix && prefix === '')
    findings.error([...path, 'prefix'], 'must not be empty', 'give a text, or leave the match out');
  if (regex !== undefined) findings.refuse([...path, 'regex'], regexProblem(regex));
}
