import { createPublicKey, type KeyObject } from 'node:crypto';
import { MallaError } from '@malla/model';
import type { KeyPair } from '@malla/pki';
import { parseWorkloadId } from '@malla/spiffe';
import { errors, jwtVerify, SignJWT } from 'jose';

/** The audience that Istio's agents ask their tokens for. */
export const tokenAudience = 'istio-ca';
/** Who makes join tokens. */
export const joinTokenIssuer = 'malla.io/certificate-authority';
/** Far above any honest token. */
const maxTokenLength = 4_096;

export interface JoinTokensParams {
  readonly key: KeyPair;
  readonly trustDomain: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface JoinToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Makes and checks join tokens: JWTs (ES256) by which a workload without a certificate proves who it is. Only this authority reads them. */
export class JoinTokens {
  readonly #params: JoinTokensParams;
  readonly #publicKey: KeyObject;

  constructor(params: JoinTokensParams) {
    this.#params = params;
    this.#publicKey = createPublicKey(params.key.privateKey);
  }

  async create(spiffeId: string, ttlMs: number): Promise<JoinToken> {
    const issuedAt = Math.floor(this.#params.now() / 1_000);
    const expires = issuedAt + Math.ceil(ttlMs / 1_000);
    const token = await new SignJWT()
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT' })
      .setIssuer(joinTokenIssuer)
      .setAudience(tokenAudience)
      .setSubject(spiffeId)
      .setIssuedAt(issuedAt)
      .setExpirationTime(expires)
      .sign(this.#params.key.privateKey);
    return { token, expiresAt: expires * 1_000 };
  }

  /**
   * The identity that a token proves.
   * @throws MallaError `unauthenticated`, with the reason: the caller holds the token and may know why it is refused
   */
  async verify(token: string): Promise<string> {
    if (token.length > maxTokenLength) throw refused('it is too long to be one');
    const subject = await this.#subject(token);
    if (parseWorkloadId(subject)?.trustDomain !== this.#params.trustDomain)
      throw refused(`it is for ${subject}, which is not in this mesh`);
    return subject;
  }

  async #subject(token: string): Promise<string> {
    try {
      const { payload } = await jwtVerify(token, this.#publicKey, {
        algorithms: ['ES256'],
        audience: tokenAudience,
        issuer: joinTokenIssuer,
        requiredClaims: ['sub', 'exp'],
        currentDate: new Date(this.#params.now()),
      });
      return payload.sub ?? '';
    } catch (error) {
      throw refused(reasonOf(error), error);
    }
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired)
    return `it expired at ${new Date((error.payload.exp ?? 0) * 1_000).toISOString()}`;
  if (error instanceof errors.JWTClaimValidationFailed) return claimReason(error);
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is not of this authority';
  if (error instanceof errors.JOSEAlgNotAllowed) return 'its algorithm is not ES256';
  return 'it is not a JWT';
}

function claimReason({ claim }: errors.JWTClaimValidationFailed): string {
  if (claim === 'aud') return `its audience is not ${tokenAudience}`;
  if (claim === 'iss') return `its issuer is not ${joinTokenIssuer}`;
  return `its claim ${claim} is missing or wrong`;
}

function refused(reason: string, cause?: unknown): MallaError {
  return new MallaError('unauthenticated', `the join token is refused: ${reason}`, { cause });
}
