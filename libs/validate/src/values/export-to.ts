import type { FieldPath } from '@malla/model';
import type { Findings } from '../findings.ts';

const namespaceName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Checks who may see a resource: `.` (its namespace), `*` (all), names of namespaces. */
export function checkExportTo(findings: Findings, path: FieldPath, exportTo: readonly string[] | undefined): void {
  const seen = new Set<string>();
  for (const [i, scope] of (exportTo ?? []).entries()) {
    if (scope === '~')
      findings.unsupported([...path, i], 'exporting to nobody ("~")', 'delete the resource, or export it to "."');
    else if (scope !== '.' && scope !== '*' && !namespaceName.test(scope))
      findings.error([...path, i], 'must be ".", "*" or the name of a namespace');
    else if (seen.has(scope)) findings.error([...path, i], `stands twice: "${scope}"`);
    seen.add(scope);
  }
  if (seen.has('*') && seen.size > 1) findings.error(path, '"*" already means every namespace: leave out the others');
}
