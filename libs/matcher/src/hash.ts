import type { HashPolicyIr } from '@malla/ir';
import { queryParameter } from './route-match.ts';
import type { RouteRequest } from './route-request.ts';

/** What consistent hashing looks at in a request. */
export interface HashInput {
  /** The values of all policies that apply, in their order; none: the endpoint is chosen at random. */
  readonly values: readonly string[];
  /** Set-Cookie header for a client that has none yet (cookie policies with a ttl). */
  readonly setCookie?: string;
}

/** Collects what is hashed. `newCookie` makes a cookie's value. */
export function hashInput(
  policies: readonly HashPolicyIr[],
  request: RouteRequest,
  newCookie: () => string,
): HashInput {
  const values: string[] = [];
  let setCookie: string | undefined;
  for (const policy of policies) {
    let value = attribute(policy, request);
    if (policy.kind === 'cookie' && value === undefined && policy.ttlMs !== undefined) {
      value = newCookie();
      setCookie = formatCookie(policy, value);
    }
    if (value !== undefined) values.push(value);
  }
  return setCookie === undefined ? { values } : { values, setCookie };
}

function attribute(policy: HashPolicyIr, request: RouteRequest): string | undefined {
  switch (policy.kind) {
    case 'header':
      return request.headers.get(policy.name);
    case 'cookie':
      return cookie(request.headers.get('cookie') ?? '', policy.name);
    case 'source-ip':
      return request.sourceIp;
    case 'query-parameter':
      return queryParameter(request.path, policy.name);
  }
}

function cookie(header: string, name: string): string | undefined {
  for (const part of header.split(';')) {
    const at = part.indexOf('=');
    if (at !== -1 && part.slice(0, at).trim() === name)
      return part
        .slice(at + 1)
        .trim()
        .replaceAll('"', '');
  }
  return undefined;
}

/** Envoy's layout of a generated cookie; a ttl of 0 makes a session cookie. */
function formatCookie(policy: Extract<HashPolicyIr, { kind: 'cookie' }>, value: string): string {
  const seconds = Math.floor((policy.ttlMs ?? 0) / 1000);
  const maxAge = seconds > 0 ? `; Max-Age=${seconds}` : '';
  const path = policy.path === undefined || policy.path === '' ? '' : `; Path=${policy.path}`;
  return `${policy.name}="${value}"${maxAge}${path}; HttpOnly`;
}

/** FNV-1a, 32 bits: spreads keys over endpoints. Not Envoy's hash, so the same key sticks, but not to the same endpoint as there. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}
