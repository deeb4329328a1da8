/** Labels of a workload, or the labels that a selector asks for. */
export type Labels = Readonly<Record<string, string>>;

/** Whether labels hold all that a selector asks for; an empty selector asks for nothing. */
export function selects(selector: Labels, labels: Labels): boolean {
  for (const key in selector) if (labels[key] !== selector[key]) return false;
  return true;
}

/** Whether two sets of labels are equal, in any order. */
export function sameLabels(a: Labels, b: Labels): boolean {
  return a === b || (Object.keys(a).length === Object.keys(b).length && selects(a, b));
}

/** A selector's first label as text, by which services are indexed; undefined if it asks for nothing. */
export function indexLabel(selector: Labels): string | undefined {
  const first = Object.keys(selector).sort()[0];
  return first === undefined ? undefined : `${first}=${selector[first]}`;
}
