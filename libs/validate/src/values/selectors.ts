import type { FieldPath } from '@malla/model';
import type { Findings } from '../findings.ts';
import { checkLabels } from './labels.ts';

/**
 * Checks the labels that select workloads. None select every workload of the namespace, which is probably not meant: a warning. Source:
 * Istio, validateWorkloadSelector.
 *
 * @param path of the map of labels
 */
export function checkSelector(
  findings: Findings,
  path: FieldPath,
  labels: Readonly<Record<string, string>> | undefined,
): void {
  const keys = Object.keys(labels ?? {});
  if (keys.length === 0) {
    findings.warning(
      path.slice(0, -1),
      'selects every workload of the namespace',
      'name labels, or leave the selector out',
    );
    return;
  }
  for (const key of keys) {
    const value = labels?.[key] as string;
    if (key === '') findings.error([...path, key], 'the name of a label must not be empty', 'name a label');
    else if (key.includes('*') || value.includes('*'))
      findings.error([...path, key], 'a selector has no wildcards', 'name each label with its value');
    else checkLabels(findings, path, { [key]: value });
  }
}
