import { isLabelName, istioMetrics, labelExpression, logExpressionProblem } from '@malla/ir';
import type { FieldPath } from '@malla/model';
import { editField, editList, fieldsOf, type Fields } from '../edit.ts';
import type { CutList } from './part.ts';

const headerName = /^:?[!#$&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * Never for more workloads than what is written, and never more logged than what is written: an object for targets is left out, and so are logs with a
 * condition that cannot be evaluated, changes of metrics that are not made here, and tags and labels that cannot be set.
 */
export function viewTelemetry(object: Fields, cuts: CutList): Fields | undefined {
  const spec = fieldsOf(object['spec']);
  for (const field of ['targetRef', 'targetRefs'])
    if (spec[field] !== undefined) return cuts.leaveOut(['spec', field], 'object_left_out');
  return editField(object, 'spec', (given) => {
    const traced = editList(given, 'tracing', (entry, i) => viewTags(entry, ['spec', 'tracing', i], cuts));
    const measured = editList(traced, 'metrics', (entry, i) =>
      editList(entry, 'overrides', (override, j) =>
        viewOverride(override, ['spec', 'metrics', i, 'overrides', j], cuts),
      ),
    );
    return editList(measured, 'accessLogging', (entry, i) =>
      viewLog(entry, ['spec', 'accessLogging', i, 'filter', 'expression'], cuts),
    );
  });
}

function viewLog(entry: Fields, path: FieldPath, cuts: CutList): Fields | undefined {
  if (entry['filter'] === undefined) return entry;
  const problem = logExpressionProblem(String(fieldsOf(entry['filter'])['expression']).trim(), 'condition');
  return problem === undefined ? entry : cuts.leaveOut(path, 'rule_left_out', problem);
}

function viewOverride(override: Fields, path: FieldPath, cuts: CutList): Fields | undefined {
  const { customMetric } = fieldsOf(override['match']);
  if (customMetric !== undefined && !isIstioMetric(String(customMetric)))
    return cuts.leaveOut([...path, 'match', 'customMetric'], 'rule_left_out', "no metric of Istio's has that name");
  return editField(override, 'tagOverrides', (labels) => {
    const problems = Object.entries(labels).map(
      ([name, label]) => [name, labelProblem(name, fieldsOf(label))] as const,
    );
    for (const [name, problem] of problems)
      if (problem !== undefined) cuts.add([...path, 'tagOverrides', name], 'value_left_out', problem);
    const bad = problems.filter(([, problem]) => problem !== undefined).map(([name]) => name);
    return bad.length === 0
      ? labels
      : Object.fromEntries(Object.entries(labels).filter(([name]) => !bad.includes(name)));
  });
}

function isIstioMetric(name: string): boolean {
  return (istioMetrics as readonly string[]).includes(name.replace(/^istio_/, ''));
}

function labelProblem(name: string, { operation, value }: Fields): string | undefined {
  if (!isLabelName(name)) return 'that is no name of a label';
  return operation === 'REMOVE' ? undefined : logExpressionProblem(labelExpression(String(value)), 'label');
}

function viewTags(entry: Fields, path: FieldPath, cuts: CutList): Fields {
  return editField(entry, 'customTags', (tags) => {
    const kept = Object.entries(tags).filter(([name, tag]) => {
      const { name: header } = fieldsOf(fieldsOf(tag)['header']);
      if (header === undefined || headerName.test(String(header))) return true;
      cuts.add([...path, 'customTags', name, 'header'], 'value_left_out');
      return false;
    });
    return kept.length === Object.keys(tags).length ? tags : Object.fromEntries(kept);
  });
}
