import type { FieldPath } from '@malla/model';
import { editField, editList, fieldsOf, listOf, withField, type Fields } from '../edit.ts';
import type { CutList } from './part.ts';
import { exportedToNobody } from './export-to.ts';

/**
 * Rules with an action that is not enforced must not become rules for something else. TLS and TCP rules are for gateways alone yet; sidecars go straight to
 * the service.
 */
export function viewVirtualService(object: Fields, cuts: CutList): Fields | undefined {
  const spec = fieldsOf(object['spec']);
  if (exportedToNobody(spec)) return undefined;
  const gateways = listOf(spec['gateways']);
  let viewed = editList(spec, 'http', (rule, i) => viewRule(rule, ['spec', 'http', i], cuts));
  for (const field of ['tls', 'tcp']) {
    if (spec[field] === undefined) continue;
    const atMesh = gateways.length === 0 || gateways.includes('mesh');
    if (atMesh) cuts.add(['spec', field], 'ignored');
    viewed =
      gateways.length === 0 || gateways.every((gateway) => gateway === 'mesh')
        ? withField(viewed, field, undefined)
        : editList(viewed, field, (rule, i) => viewStreamRule(rule, ['spec', field, i], cuts));
  }
  const isEmpty = ['http', 'tls', 'tcp'].every((field) => listOf(viewed[field]).length === 0);
  return isEmpty ? undefined : withField(object, 'spec', viewed);
}

/** Conditions of rules for bytes that gateways cannot decide. */
const undecided = ['destinationSubnets', 'sourceSubnet', 'sourceLabels', 'sourceNamespace'] as const;

/** As for HTTP: a match without one of its conditions would hold for more, and a rule without its matches for everything. */
function viewStreamRule(rule: Fields, path: FieldPath, cuts: CutList): Fields | undefined {
  const matched = editList(rule, 'match', (match, i) => {
    const field = undecided.find((name) => match[name] !== undefined);
    return field === undefined ? match : cuts.leaveOut([...path, 'match', i, field], 'never_matches');
  });
  return listOf(rule['match']).length > 0 && listOf(matched['match']).length === 0 ? undefined : matched;
}

function viewRule(rule: Fields, path: FieldPath, cuts: CutList): Fields | undefined {
  if (rule['delegate'] !== undefined) return cuts.leaveOut([...path, 'delegate'], 'rule_left_out');
  const matched = editList(rule, 'match', (match, i) => viewMatch(match, [...path, 'match', i], cuts));
  // Without a match a rule takes everything: one whose matches are all gone must go with them.
  if (listOf(rule['match']).length > 0 && listOf(matched['match']).length === 0) return undefined;
  const answered = viewDirectResponse(matched, path, cuts);
  const mirrored = viewMirrors(viewFault(answered, [...path, 'fault'], cuts));
  const edited = editList(mirrored, 'route', (route, i) => viewHeaders(route, [...path, 'route', i, 'headers'], cuts));
  return viewHeaders(edited, [...path, 'headers'], cuts);
}

/** A match without one of its conditions would hold for more. */
function viewMatch(match: Fields, path: FieldPath, cuts: CutList): Fields | undefined {
  if (match['scheme'] !== undefined) return cuts.leaveOut([...path, 'scheme'], 'never_matches');
  for (const field of ['headers', 'withoutHeaders']) {
    const claim = Object.keys(fieldsOf(match[field])).find((name) => name.startsWith('@request.auth.'));
    if (claim !== undefined) return cuts.leaveOut([...path, field, claim], 'never_matches');
  }
  return match;
}

/** Often a refusal: what it matches must not reach the next rule. Weights that are all 0 are answered with 503. */
function viewDirectResponse(rule: Fields, path: FieldPath, cuts: CutList): Fields {
  if (rule['directResponse'] === undefined) return rule;
  cuts.add([...path, 'directResponse'], 'unavailable');
  const nowhere = [{ destination: { host: 'not-enforced.invalid' }, weight: 0 }];
  return withField(withField(rule, 'directResponse', undefined), 'route', nowhere);
}

/** The old whole percentages are the same as the new ones. An abort with a status that is not enforced aborts nothing. */
function viewFault(rule: Fields, path: FieldPath, cuts: CutList): Fields {
  return editField(rule, 'fault', (fault) => {
    const delayed = editField(fault, 'delay', (delay) => {
      if (delay['fixedDelay'] === undefined) return cuts.leaveOut([...path, 'delay'], 'ignored');
      return withPercentage(delay, 'percent', 'percentage');
    });
    const aborted = editField(delayed, 'abort', (abort) =>
      abort['httpStatus'] === undefined ? cuts.leaveOut([...path, 'abort'], 'ignored') : abort,
    );
    return Object.keys(aborted).length === 0 ? undefined : aborted;
  });
}

/** One mirror of the list is the same as the single mirror; `mirrorPercent` is `mirrorPercentage` in whole numbers. */
function viewMirrors(rule: Fields): Fields {
  const renamed = withPercentage(
    withPercentage(rule, 'mirrorPercent', 'mirrorPercentage'),
    'mirror_percent',
    'mirrorPercentage',
  );
  const mirrors = listOf(renamed['mirrors']);
  if (mirrors.length !== 1 || renamed['mirror'] !== undefined) return renamed;
  const { destination, percentage } = fieldsOf(mirrors[0]);
  const single = withField(withField(renamed, 'mirrors', undefined), 'mirror', destination);
  return withField(single, 'mirrorPercentage', percentage);
}

function withPercentage(object: Fields, old: string, name: string): Fields {
  const whole = object[old];
  if (whole === undefined) return object;
  return withField(withField(object, old, undefined), name, object[name] ?? { value: whole });
}

/** A percent sign begins a command of Envoy's format strings: such a value is left out rather than sent as something else. */
function viewHeaders(object: Fields, path: FieldPath, cuts: CutList): Fields {
  return editField(object, 'headers', (headers) => {
    let edited = headers;
    for (const side of ['request', 'response'])
      edited = editField(edited, side, (operations) => viewOperations(operations, [...path, side], cuts));
    return edited;
  });
}

function viewOperations(operations: Fields, path: FieldPath, cuts: CutList): Fields {
  let edited = operations;
  for (const verb of ['set', 'add']) {
    edited = editField(edited, verb, (values) => {
      let kept = values;
      for (const [name, value] of Object.entries(values))
        if (String(value).includes('%')) kept = withField(kept, name, cuts.leaveOut([...path, verb, name], 'ignored'));
      return kept;
    });
  }
  return edited;
}
