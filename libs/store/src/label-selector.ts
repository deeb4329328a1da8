import { MallaError } from '@malla/model';

type Labels = Readonly<Record<string, string>>;

interface Requirement {
  readonly label: string;
  readonly operator: 'in' | 'notin' | 'exists' | 'absent';
  readonly values: ReadonlySet<string>;
}

/** Chooses objects by label. All requirements must hold; an empty selector chooses everything. */
export interface LabelSelector {
  readonly requirements: readonly Requirement[];
}

const name = String.raw`[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?`;
const value = String.raw`(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?`;
const setBased = new RegExp(String.raw`^(${name})\s+(in|notin)\s*\(([^()]*)\)$`);
const equality = new RegExp(String.raw`^(${name})\s*(==|=|!=)\s*(${value})$`);
const exists = new RegExp(String.raw`^(!?)\s*(${name})$`);

/**
 * Reads Kubernetes' notation: `app=reviews,version!=v1,tier in (web, api),!canary`. Throws `invalid` for anything else.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function parseLabelSelector(text: string): LabelSelector {
  const parts = splitOutsideParentheses(text).filter((part) => part !== '');
  return { requirements: parts.map(parseRequirement) };
}

/** True if the labels satisfy every requirement. An absent label satisfies `!=` and `notin`. */
export function matchesLabels(selector: LabelSelector, labels: Labels | undefined): boolean {
  return selector.requirements.every(({ label, operator, values }) => {
    // Every object has a property named `constructor`; only labels count.
    const actual = labels !== undefined && Object.hasOwn(labels, label) ? labels[label] : undefined;
    if (operator === 'exists') return actual !== undefined;
    if (operator === 'absent') return actual === undefined;
    if (operator === 'in') return actual !== undefined && values.has(actual);
    return actual === undefined || !values.has(actual);
  });
}

function parseRequirement(part: string): Requirement {
  const set = setBased.exec(part);
  if (set)
    return {
      label: set[1] as string,
      operator: set[2] as 'in' | 'notin',
      values: new Set((set[3] as string).split(',').map((each) => each.trim())),
    };
  const equal = equality.exec(part);
  if (equal)
    return {
      label: equal[1] as string,
      operator: equal[2] === '!=' ? 'notin' : 'in',
      values: new Set([equal[3] as string]),
    };
  const exist = exists.exec(part);
  if (exist) return { label: exist[2] as string, operator: exist[1] === '!' ? 'absent' : 'exists', values: new Set() };
  throw new MallaError(
    'invalid',
    `"${part}" is not a label requirement; write such as app=reviews, tier in (web, api) or !canary`,
  );
}

function splitOutsideParentheses(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let current = '';
  for (const char of text) {
    if (char === '(') depth++;
    if (char === ')') depth--;
    if (char === ',' && depth === 0) {
      parts.push(current.trim());
      current = '';
    } else current += char;
  }
  parts.push(current.trim());
  return parts;
}
