import type { FieldPath } from '@malla/model';
import { editField, editList, fieldsOf, withField, type Fields } from '../edit.ts';
import { exportedToNobody } from './export-to.ts';
import type { CutList } from './part.ts';

/** Files in the proxy's own file system, and what makes trust narrower: without them a connection would be less secure than written. */
const files = ['clientCertificate', 'privateKey', 'caCertificates', 'caCrl'] as const;

/** No Secret has this name, so that connections which ask for it fail. */
const noCredential = 'not-enforced.invalid';

/** A rule for some callers must not become one for all; TLS with files fails rather than trusting more than written. */
export function viewDestinationRule(object: Fields, cuts: CutList): Fields | undefined {
  const spec = fieldsOf(object['spec']);
  if (exportedToNobody(spec)) return undefined;
  if (spec['workloadSelector'] !== undefined) return cuts.leaveOut(['spec', 'workloadSelector'], 'object_left_out');
  const main = editField(spec, 'trafficPolicy', (policy) => viewPolicy(policy, ['spec', 'trafficPolicy'], cuts));
  const subsets = editList(main, 'subsets', (subset, i) =>
    editField(subset, 'trafficPolicy', (policy) => viewPolicy(policy, ['spec', 'subsets', i, 'trafficPolicy'], cuts)),
  );
  return withField(object, 'spec', subsets);
}

function viewPolicy(policy: Fields, path: FieldPath, cuts: CutList): Fields {
  const ported = editList(policy, 'portLevelSettings', (settings, i) =>
    viewTls(settings, [...path, 'portLevelSettings', i], cuts),
  );
  return viewTls(ported, path, cuts);
}

function viewTls(policy: Fields, path: FieldPath, cuts: CutList): Fields {
  return editField(policy, 'tls', (tls) => {
    const set = tls['mode'] === 'SIMPLE' || tls['mode'] === 'MUTUAL' ? files.filter((f) => tls[f] !== undefined) : [];
    if (set.length === 0) return tls;
    for (const file of set) cuts.add([...path, 'tls', file], 'connections_fail');
    const without = set.reduce<Fields>((left, file) => withField(left, file, undefined), tls);
    return withField(without, 'credentialName', noCredential);
  });
}
