import { formatPath, problemCodes, warningAt, type FieldPath, type Problem } from '@malla/model';

/** What not being enforced means for traffic until it is. */
export type CutEffect =
  /** The field does nothing. */
  | 'ignored'
  /** The match holds for no request. */
  | 'never_matches'
  /** The rule is as if it were not there. */
  | 'rule_left_out'
  /** The value is as if it were not in its list. */
  | 'value_left_out'
  /** What the rule matches is answered with 503. */
  | 'unavailable'
  /** More is denied than written. */
  | 'denies_more'
  /** The authorizer is asked about more than written. */
  | 'asks_more'
  /** Connections with these settings fail. */
  | 'connections_fail'
  /** The port is carried as opaque TCP. */
  | 'opaque_tcp'
  /** The whole object does nothing. */
  | 'object_left_out';

const words: Readonly<Record<CutEffect, string>> = {
  ignored: 'it does nothing',
  never_matches: 'this match holds for no request',
  rule_left_out: 'the rule is left out',
  value_left_out: 'the value is left out',
  unavailable: 'what it matches is answered with 503',
  denies_more: 'the condition is left out, so that more is denied',
  asks_more: 'the condition is left out, so that the authorizer is asked about more',
  connections_fail: 'connections fail',
  opaque_tcp: 'the port is carried as opaque TCP',
  object_left_out: 'the object does nothing',
};

/** One part of an object that is valid and not enforced yet. */
export interface Cut {
  readonly path: FieldPath;
  readonly effect: CutEffect;
  /** What of the value it is that is not enforced; absent: the field alone tells it. */
  readonly reason?: string;
}

/** A cut as a warning: `spec.http[0].corsPolicy: is valid, but not enforced yet: it does nothing`. */
export function describeCut({ path, effect, reason }: Cut): Problem {
  const why = reason === undefined ? '' : ` (${reason})`;
  return warningAt(
    problemCodes.notEnforced,
    formatPath(path),
    `is valid, but not enforced yet${why}: ${words[effect]}`,
  );
}
