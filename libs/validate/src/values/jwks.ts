import { complaint, type Complaint } from './complaint.ts';

/** Parameters that a key of a type must have, and those that only a private key has. Source: RFC 7518 section 6, RFC 8037 section 2. */
const keyTypes: Readonly<Record<string, { readonly required: readonly string[]; readonly secret: readonly string[] }>> =
  {
    RSA: { required: ['n', 'e'], secret: ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth'] },
    EC: { required: ['crv', 'x', 'y'], secret: ['d'] },
    OKP: { required: ['crv', 'x'], secret: ['d'] },
    oct: { required: ['k'], secret: ['k'] },
  };

const hint = 'write {"keys":[{"kty":"RSA","kid":"...","n":"...","e":"AQAB"}]} (RFC 7517), or use jwksUri';

/** A set of keys as it was read. */
export interface ReadKeySet {
  readonly problem?: Complaint;
  /** Positions of keys that hold a secret part. */
  readonly secret: readonly number[];
}

/** Reads a set of keys, or a single key, in JSON. No value of a key is in a message. Source: RFC 7517. */
export function readKeySet(text: string): ReadKeySet {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { problem: complaint('must be a JSON Web Key Set: it is not JSON', hint), secret: [] };
  }
  if (!isObject(parsed))
    return { problem: complaint('must be a JSON Web Key Set: it is not an object', hint), secret: [] };
  const keys = 'keys' in parsed ? parsed['keys'] : [parsed];
  if (!Array.isArray(keys))
    return { problem: complaint('must be a JSON Web Key Set: keys is not a list', hint), secret: [] };
  const secret: number[] = [];
  for (const [i, key] of keys.entries()) {
    const problem = keyProblem(key, i);
    if (problem !== undefined) return { problem, secret };
    const type = keyTypes[(key as { kty: string }).kty];
    if (type?.secret.some((name) => name in (key as object)) === true) secret.push(i);
  }
  return { secret };
}

function keyProblem(key: unknown, i: number): Complaint | undefined {
  const kty = isObject(key) ? key['kty'] : undefined;
  if (!isObject(key) || typeof kty !== 'string') return complaint(`key ${i} has no type (kty)`, hint);
  if (!Object.hasOwn(keyTypes, kty))
    return complaint(`key ${i} has an unknown type (kty)`, `known: ${Object.keys(keyTypes).join(', ')}`);
  const missing = keyTypes[kty]?.required.find((name) => !isBase64Url(key[name]));
  return missing === undefined ? undefined : complaint(`key ${i} (${kty}) has no usable "${missing}"`, hint);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isBase64Url = (value: unknown) => typeof value === 'string' && /^[-_A-Za-z0-9+/]+={0,2}$/.test(value);
