import type { FieldPath } from '@malla/model';
import { editField, editList, fieldsOf, type Fields } from '../edit.ts';
import type { CutList } from './part.ts';

const headerName = /^:?[!#$&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * Never for more workloads than what is written, and never more logged than what is written: an object for targets is left out, and so are logs with a
 * condition and tags that cannot be set.
 */
export function viewTelemetry(object: Fields, cuts: CutList): Fields | undefined {
  const spec = fieldsOf(object['spec']);
  for (const field of ['targetRef', 'targetRefs'])
    if (spec[field] !== undefined) return cuts.leaveOut(['spec', field], 'object_left_out');
  return editField(object, 'spec', (given) => {
    const traced = editList(given, 'tracing', (entry, i) => viewTags(entry, ['spec', 'tracing', i], cuts));
    return editList(traced, 'accessLogging', (entry, i) => {
      const filtered = entry['filter'] !== undefined;
      return filtered ? cuts.leaveOut(['spec', 'accessLogging', i, 'filter'], 'rule_left_out') : entry;
    });
  });
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
