import { readFileSync } from 'node:fs';
import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTPayload } from 'jose';
import { MallaError } from '@malla/model';
import { Agent, fetch as undiciFetch } from 'undici';
import type { Identity } from './caller.ts';

/** How tokens of an issuer become callers. https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens */
export interface OidcParams {
  /** Exactly the `iss` of its tokens; `/.well-known/openid-configuration` below it names its keys. */
  readonly issuer: string;
  /** One of the token's audiences must be this. */
  readonly audience: string;
  readonly usernameClaim: string;
  readonly groupsClaim: string;
  /** Stands before every name and group, so that an issuer cannot name anybody of ours. */
  readonly prefix: string;
  /** PEM of the authorities that the issuer's certificate is checked against; default: Node's. */
  readonly caFile?: string | undefined;
}

const answerWithinMs = 5_000;
const largestDocument = 256 * 1_024;
/** Keys are asked for again after that long, and at most that often when a token names an unknown one. */
const keysLiveMs = 600_000;
const keysCooldownMs = 30_000;
/** Only signatures by a key pair: what the issuer publishes must not be what signs. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const mostGroups = 200;

/** Knows callers by the identity tokens of an OpenID Connect issuer. Its keys are fetched when first needed, and kept for ten minutes. */
export class OidcTokens {
  readonly #params: OidcParams;
  readonly #dispatcher: Agent;
  #keys: Promise<ReturnType<typeof createRemoteJWKSet>> | undefined;

  constructor(params: OidcParams) {
    this.#params = params;
    const ca = params.caFile === undefined ? {} : { ca: readFileSync(params.caFile, 'utf8') };
    this.#dispatcher = new Agent({ connect: { ...ca, timeout: answerWithinMs }, maxResponseSize: largestDocument });
  }

  /** True for a token that only an issuer can have made: three parts of base64url. */
  static isCandidate(token: string): boolean {
    return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
  }

  /** Throws `unauthenticated` with the reason; `unavailable` while the issuer is out of reach. */
  async check(token: string): Promise<Identity> {
    const { issuer, audience } = this.#params;
    const keys = await this.#keySet();
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms,
        clockTolerance: 10,
        requiredClaims: ['exp'],
      });
      return this.#identityOf(payload);
    } catch (error) {
      throw failureOf(error);
    }
  }

  async close(): Promise<void> {
    await this.#dispatcher.close();
  }

  #identityOf(payload: JWTPayload): Identity {
    const { usernameClaim, groupsClaim, prefix } = this.#params;
    const name = payload[usernameClaim];
    if (typeof name !== 'string' || name === '')
      throw new MallaError('unauthenticated', `the token has no claim "${usernameClaim}" with a name`);
    if (usernameClaim === 'email' && payload['email_verified'] === false)
      throw new MallaError('unauthenticated', 'the e-mail address in the token is not verified');
    const sent = payload[groupsClaim] ?? [];
    const groups = (Array.isArray(sent) ? sent : [sent]).filter(
      (each) => typeof each === 'string' && each !== '',
    ) as string[];
    return { name: prefix + name, groups: groups.slice(0, mostGroups).map((group) => prefix + group), grants: [] };
  }

  #keySet(): Promise<ReturnType<typeof createRemoteJWKSet>> {
    this.#keys ??= this.#discover().catch((error: unknown) => {
      this.#keys = undefined;
      throw error;
    });
    return this.#keys;
  }

  async #discover(): Promise<ReturnType<typeof createRemoteJWKSet>> {
    const { issuer } = this.#params;
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const fetchIt = (to: string, options: object) => undiciFetch(to, { ...options, dispatcher: this.#dispatcher });
    try {
      const response = await fetchIt(url, { signal: AbortSignal.timeout(answerWithinMs), redirect: 'manual' });
      if (!response.ok) throw new Error(`HTTP ${response.status}`);
      const document = (await response.json()) as { issuer?: unknown; jwks_uri?: unknown };
      if (document.issuer !== issuer) throw new Error('it names another issuer');
      if (typeof document.jwks_uri !== 'string') throw new Error('it names no jwks_uri');
      return createRemoteJWKSet(new URL(document.jwks_uri), {
        timeoutDuration: answerWithinMs,
        cooldownDuration: keysCooldownMs,
        cacheMaxAge: keysLiveMs,
        [customFetch]: fetchIt as never,
      });
    } catch (error) {
      throw new MallaError(
        'unavailable',
        `the OpenID Connect issuer is out of reach: ${url}: ${(error as Error).message}`,
        { cause: error },
      );
    }
  }
}

function failureOf(error: unknown): MallaError {
  if (error instanceof MallaError) return error;
  if (error instanceof errors.JWKSTimeout)
    return new MallaError('unavailable', 'the keys of the OpenID Connect issuer are out of reach', { cause: error });
  if (error instanceof errors.JOSEError)
    return new MallaError('unauthenticated', `the token is refused: ${error.message}`, { cause: error });
  return new MallaError('unavailable', 'the keys of the OpenID Connect issuer are out of reach', { cause: error });
}
