import type { FieldPath } from '@malla/model';
import type { Findings } from '../findings.ts';
import { quoted } from './complaint.ts';
import { isDnsLabel } from './hosts.ts';

export interface ExportOptions {
  /** Namespace of the resource, for which `.` stands. */
  readonly namespace: string;
  /** Whether `~` (nobody) is allowed: for services only. Default false. */
  readonly nobody?: boolean;
}

/** Checks who may see a resource: `.` (its namespace), `*` (all), names of namespaces. Source: Istio, validateExportTo. */
export function checkExportTo(
  findings: Findings,
  path: FieldPath,
  exportTo: readonly string[] | undefined,
  { namespace, nobody = false }: ExportOptions,
): void {
  if (exportTo === undefined) return;
  const seen = new Set<string>();
  for (const [i, scope] of exportTo.entries()) {
    const meant = scope === '.' ? namespace : scope;
    if (seen.has(meant)) {
      const message = scope === '.' ? `"." is the namespace ${namespace}, which stands here already` : 'stands twice';
      findings.error([...path, i], message, 'leave one of them out');
    } else checkScope(findings, [...path, i], scope, nobody);
    seen.add(meant);
  }
  if (seen.has('*') && exportTo.length > 1)
    findings.error(path, '"*" already means every namespace', 'leave out the others');
  if (nobody && seen.has('~') && exportTo.length > 1)
    findings.error(path, '"~" means nobody, and cannot stand with others', 'leave out "~", or the others');
}

function checkScope(findings: Findings, path: FieldPath, scope: string, nobody: boolean): void {
  if (scope === '~') {
    if (!nobody) findings.error(path, '"~" (nobody) is for services only', 'export it to "."');
  } else if (scope !== '.' && scope !== '*' && !isDnsLabel(scope)) {
    findings.error(path, `is not a namespace: ${quoted(scope)}`, 'write ".", "*" or the name of a namespace');
  }
}
