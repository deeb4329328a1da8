import type { FieldPath } from '@malla/model';
import type { Findings } from '../findings.ts';
import { complaint, quoted, type Complaint } from './complaint.ts';

const name = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const prefix = /^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*$/;

/**
 * What is wrong with a qualified name, `name` or `domain/name`, or undefined. Source:
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
 */
export function qualifiedNameProblem(text: string): Complaint | undefined {
  const slash = text.indexOf('/');
  const domain = slash < 0 ? undefined : text.slice(0, slash);
  const rest = text.slice(slash + 1);
  const fits = rest.length <= 63 && name.test(rest) && (domain === undefined || isPrefix(domain));
  return fits
    ? undefined
    : complaint(
        `must be a name such as app or example.com/app, not ${quoted(text)}`,
        'letters, digits, "-", "_" and "." are allowed, at most 63',
      );
}

const isPrefix = (domain: string) => domain.length <= 253 && prefix.test(domain);

/** What is wrong with the value of a label, or undefined. */
export function labelValueProblem(text: string): Complaint | undefined {
  return text === '' || (text.length <= 63 && name.test(text))
    ? undefined
    : complaint(
        `must be the value of a label, not ${quoted(text)}`,
        'letters, digits, "-", "_" and "." are allowed, at most 63',
      );
}

/** Checks names and values of labels. */
export function checkLabels(
  findings: Findings,
  path: FieldPath,
  labels: Readonly<Record<string, string>> | undefined,
): void {
  for (const key in labels) {
    findings.refuse([...path, key], qualifiedNameProblem(key));
    findings.refuse([...path, key], labelValueProblem(labels[key] as string));
  }
}

/** What is wrong with a name that becomes one label of a host (of a Service or Namespace, RFC 1123), or undefined. */
export function dnsLabelProblem(text: string): Complaint | undefined {
  if (text.length > 63) return complaint('must have at most 63 characters', 'choose a shorter name');
  if (text.includes('.')) return complaint('must not have a dot: it becomes one label of a host name', 'use "-"');
  return undefined;
}
