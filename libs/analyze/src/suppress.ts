import { originText, type Finding } from './finding.ts';

/** Findings not to show: a code, and origins with `*` for any text, such as `Pod shop/*`. */
export interface Suppression {
  readonly code: string;
  readonly origin: string;
}

/** On a resource: codes not to report about it, separated by commas; `*` for all. */
export const suppressAnnotation = 'galley.istio.io/analyze-suppress';

/** Reads `IST0102=Namespace *`; undefined if it is not of this form. */
export function parseSuppression(text: string): Suppression | undefined {
  const [code, origin, ...rest] = text.split('=');
  return code === undefined || origin === undefined || rest.length > 0 ? undefined : { code, origin };
}

/** Whether a flag, or an annotation of its resource, suppresses a finding. What is about no resource cannot be suppressed. */
export function isSuppressed(finding: Finding, suppressions: readonly Suppression[]): boolean {
  const { subject, code } = finding;
  if (subject === undefined) return false;
  const annotated = subject.annotations[suppressAnnotation];
  if (annotated !== undefined && annotated.split(',').some((each) => each === '*' || each === code)) return true;
  return suppressions.some((s) => s.code === code && matchesGlob(s.origin, originText(finding)));
}

/** `*` stands for any text; everything else for itself. */
function matchesGlob(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === text;
  if (!text.startsWith(first)) return false;
  const last = rest.pop() as string;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
