import { complaint, quoted, type Complaint } from './complaint.ts';

/**
 * What is wrong with a value of a policy, or undefined: it is exact, `prefix*`, `*suffix` or `*`. Istio takes a star elsewhere as a
 * letter, so that the rule never matches.
 */
export function patternProblem(value: string): Complaint | undefined {
  if (value === '') return complaint('must not be empty', 'write "*" for any value that is there');
  const star = value.indexOf('*');
  const fits = star < 0 || ((star === 0 || star === value.length - 1) && star === value.lastIndexOf('*'));
  return fits
    ? undefined
    : complaint(
        'may have one "*" only: alone, at the beginning or at the end',
        'use several values, or paths with {*} and {**}',
      );
}

/** As {@link patternProblem}, for identities, which are written without their scheme. */
export function principalProblem(value: string): Complaint | undefined {
  return value.startsWith('spiffe://')
    ? complaint('never matches: principals are written without "spiffe://"', `write "${value.slice(9)}"`)
    : patternProblem(value);
}

/** As {@link patternProblem}, for the trust domain of an identity. */
export function trustDomainProblem(value: string): Complaint | undefined {
  return value.includes('/')
    ? complaint(`is not a trust domain: ${quoted(value)}`, 'write the part before the first "/", such as cluster.local')
    : patternProblem(value);
}

/** What is wrong with a service account, `name` or `namespace/name`, or undefined. */
export function serviceAccountProblem(value: string): Complaint | undefined {
  const hint = 'write name, or namespace/name';
  if (value === '') return complaint('must not be empty', hint);
  if (value.includes('*')) return complaint('must not have a wildcard', 'name each service account, or use principals');
  if (value.length > 320) return complaint('must have at most 320 characters', hint);
  const parts = value.split('/');
  return parts.length > 2 || parts.includes('')
    ? complaint(`is not a service account: ${quoted(value)}`, hint)
    : undefined;
}

const segment = /^[a-zA-Z0-9\-._~%!$&'()+,;:@=]+$/;

/**
 * What is wrong with a path, or undefined: `{*}` stands for one segment, `{**}` for any number at one place, after which no other
 * stands. Source: Istio pkg/config/security, CheckValidPathTemplate.
 */
export function pathProblem(path: string): Complaint | undefined {
  const isTemplate = path.includes('{*}') || path.includes('{**}');
  if (!isTemplate) {
    return /[{}]/.test(path)
      ? complaint(
          `has a brace that belongs to no template: ${quoted(path)}`,
          'write {*} for one segment, {**} for any number',
        )
      : patternProblem(path);
  }
  let any = false;
  for (const part of path.replace(/^\/+|\/+$/g, '').split('/')) {
    const isOperator = part === '{*}' || part === '{**}';
    if (isOperator && any) return complaint('{**} must be the last template of a path', 'leave out those after it');
    if (part === '{**}') any = true;
    if (!isOperator && !segment.test(part))
      return complaint(
        `has a segment that is neither plain nor a template: ${quoted(part)}`,
        '{*} and {**} stand alone between slashes, and "*" is not allowed beside them',
      );
  }
  return undefined;
}
