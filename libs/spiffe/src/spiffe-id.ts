/** A parsed SPIFFE id. Source: https://spiffe.io/docs/latest/spiffe-specs/spiffe-id/ */
export interface SpiffeId {
  readonly trustDomain: string;
  /** Empty, or begins with a slash and has no trailing one: `/ns/shop/sa/cart`. */
  readonly path: string;
}

/** Why a text is not a SPIFFE id. The codes are stable; the messages are for people. */
export type SpiffeProblemCode = 'scheme' | 'trust_domain' | 'path' | 'too_long';

export interface SpiffeProblem {
  readonly code: SpiffeProblemCode;
  readonly message: string;
}

export type SpiffeIdResult =
  { readonly ok: true; readonly id: SpiffeId } | { readonly ok: false; readonly problem: SpiffeProblem };

/** The whole id, in bytes (SPIFFE-ID section 2.3). All allowed characters are one byte long. */
export const maxSpiffeIdLength = 2048;
/** The trust domain, in bytes (SPIFFE-ID section 2.1). */
export const maxTrustDomainLength = 255;

const scheme = 'spiffe://';
const trustDomainPattern = /^[a-z0-9._-]+$/;
const segmentPattern = /^[A-Za-z0-9._-]+$/;

/** Says what is wrong with a trust domain name, or nothing. Upper case is refused, as names are compared by their bytes. */
export function trustDomainProblem(name: string): SpiffeProblem | undefined {
  if (name === '') return { code: 'trust_domain', message: 'the trust domain is empty' };
  if (name.length > maxTrustDomainLength) {
    return {
      code: 'too_long',
      message: `the trust domain is ${name.length} characters long, more than ${maxTrustDomainLength}`,
    };
  }
  if (trustDomainPattern.test(name)) return undefined;
  return {
    code: 'trust_domain',
    message: `trust domain "${clip(name)}" may hold only lower-case letters, digits, ".", "-" and "_"`,
  };
}

/** Parses and checks a SPIFFE id. Never throws: the text comes from certificates and users. */
export function parseSpiffeId(text: string): SpiffeIdResult {
  if (text.length > maxSpiffeIdLength) {
    return refuse('too_long', `the id is ${text.length} characters long, more than ${maxSpiffeIdLength}`);
  }
  if (!text.startsWith(scheme)) return refuse('scheme', `"${clip(text)}" does not begin with "${scheme}"`);
  const rest = text.slice(scheme.length);
  const slash = rest.indexOf('/');
  const trustDomain = slash < 0 ? rest : rest.slice(0, slash);
  const path = slash < 0 ? '' : rest.slice(slash);
  const problem = trustDomainProblem(trustDomain) ?? pathProblem(path);
  return problem === undefined ? { ok: true, id: { trustDomain, path } } : { ok: false, problem };
}

/**
 * Writes a SPIFFE id.
 * @throws TypeError if a part is not valid: parts from users are checked before they come here.
 */
export function formatSpiffeId(id: SpiffeId): string {
  const text = scheme + id.trustDomain + id.path;
  const result = parseSpiffeId(text);
  if (!result.ok) throw new TypeError(`Not a SPIFFE id: ${result.problem.message}`);
  return text;
}

function pathProblem(path: string): SpiffeProblem | undefined {
  if (path === '') return undefined;
  for (const segment of path.slice(1).split('/')) {
    if (segment === '') return { code: 'path', message: 'the path has an empty segment or a trailing slash' };
    if (segment === '.' || segment === '..') return { code: 'path', message: `the path has a "${segment}" segment` };
    if (!segmentPattern.test(segment)) {
      return {
        code: 'path',
        message: `path segment "${clip(segment)}" may hold only letters, digits, ".", "-" and "_"`,
      };
    }
  }
  return undefined;
}

function refuse(code: SpiffeProblemCode, message: string): SpiffeIdResult {
  return { ok: false, problem: { code, message } };
}

/** Keeps messages about hostile input short. */
function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}
