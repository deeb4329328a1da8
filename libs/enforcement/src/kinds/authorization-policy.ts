import type { FieldPath } from '@malla/model';
import { editField, editList, fieldsOf, listOf, withField, type Fields } from '../edit.ts';
import type { CutList } from './part.ts';

const sources: ReadonlySet<string> = new Set(['principals', 'notPrincipals', 'namespaces', 'notNamespaces']);
const operations: ReadonlySet<string> = new Set(['methods', 'notMethods', 'paths', 'notPaths', 'ports', 'notPorts']);
const keys: ReadonlySet<string> = new Set(['source.principal', 'source.namespace', 'destination.port']);

/**
 * Never allows more than what is written: an ALLOW rule loses the source, operation or whole rule that asks for something not enforced, a
 * DENY rule loses the condition, and so does one of CUSTOM, so that the authorizer is asked about more.
 * Source: https://istio.io/latest/docs/reference/config/security/authorization-policy/
 */
export function viewAuthorizationPolicy(object: Fields, cuts: CutList): Fields | undefined {
  const spec = fieldsOf(object['spec']);
  const action = spec['action'] ?? 'ALLOW';
  for (const field of ['targetRef', 'targetRefs'])
    if (spec[field] !== undefined) return cuts.leaveOut(['spec', field], 'object_left_out');
  if (action === 'AUDIT') return cuts.leaveOut(['spec', 'action'], 'object_left_out');
  const undecided = undecidedOf[String(action)] ?? 'denies_more';
  const viewed = editList(spec, 'rules', (rule, i) => viewRule(rule, { path: ['spec', 'rules', i], cuts, undecided }));
  return withField(object, 'spec', viewed);
}

/** What becomes of a condition that cannot be decided; to allow, what asks for it is left out instead. */
const undecidedOf: Readonly<Record<string, Undecided>> = { ALLOW: 'allows', DENY: 'denies_more', CUSTOM: 'asks_more' };

type Undecided = 'allows' | 'denies_more' | 'asks_more';

interface Place {
  readonly path: FieldPath;
  readonly cuts: CutList;
  readonly undecided: Undecided;
}

function viewRule(rule: Fields, place: Place): Fields | undefined {
  const from = viewAlternatives(rule, 'from', 'source', sources, place);
  const to = from && viewAlternatives(from, 'to', 'operation', operations, place);
  return to && viewConditions(to, place);
}

/**
 * A list of which one element must match. To allow, an element that cannot be decided is left out, and the rule with the last of them. To
 * deny, the element loses what cannot be decided; one that has nothing left matches everything, and so does its list.
 */
function viewAlternatives(
  rule: Fields,
  list: 'from' | 'to',
  inner: 'source' | 'operation',
  known: ReadonlySet<string>,
  place: Place,
): Fields | undefined {
  let matchesAll = false;
  const edited = editList(rule, list, (element, i) => {
    const at = [...place.path, list, i, inner];
    const unknown = Object.keys(fieldsOf(element[inner])).filter((field) => !known.has(field));
    if (unknown.length === 0) return element;
    const { undecided } = place;
    for (const field of unknown) place.cuts.add([...at, field], undecided === 'allows' ? 'never_matches' : undecided);
    if (undecided === 'allows') return undefined;
    const left = editField(element, inner, (fields) =>
      unknown.reduce<Fields>((rest, field) => withField(rest, field, undefined), fields),
    );
    if (Object.keys(fieldsOf(left[inner])).length === 0) matchesAll = true;
    return left;
  });
  if (matchesAll) return withField(edited, list, undefined);
  return listOf(rule[list]).length > 0 && listOf(edited[list]).length === 0 ? undefined : edited;
}

function viewConditions(rule: Fields, { path, cuts, undecided }: Place): Fields | undefined {
  const conditions = listOf(rule['when']);
  const unknown = conditions.flatMap((condition, i) => (isKnownKey(fieldsOf(condition)['key']) ? [] : [i]));
  if (unknown.length === 0) return rule;
  for (const i of unknown) cuts.add([...path, 'when', i, 'key'], undecided === 'allows' ? 'rule_left_out' : undecided);
  if (undecided === 'allows') return undefined;
  const left = conditions.filter((_, i) => !unknown.includes(i));
  return withField(rule, 'when', left.length === 0 ? undefined : left);
}

function isKnownKey(key: unknown): boolean {
  return keys.has(String(key)) || /^request\.headers\[.+\]$/.test(String(key));
}
