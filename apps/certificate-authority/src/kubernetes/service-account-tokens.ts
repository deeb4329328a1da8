import { createHash } from 'node:crypto';
import { kubeErrorDetails, type ReviewedToken } from '@malla/kube';
import { MallaError } from '@malla/model';
import { formatWorkloadId } from '@malla/spiffe';
import { decodeJwt, type JWTPayload } from 'jose';
import { tokenAudience } from '../join-tokens.ts';
import { RateLimit } from '../rate-limit.ts';

/** Tokens of service accounts have about 1 KiB. */
const maxTokenLength = 16_384;
/** So long an answer of the API server holds: a pod that is deleted has no identity to fetch after it. */
const goodForMs = 10_000;
const badForMs = 2_000;
const mostRemembered = 10_000;
/** Reviews at a time: what a flood of tokens may ask of the API server. */
const mostAtOnce = 50;

const podName = 'authentication.kubernetes.io/pod-name';

export interface ServiceAccountTokensParams {
  /** Asks the API server whose token it is, for our audience; see reviewToken of @malla/kube. */
  readonly review: (token: string) => Promise<ReviewedToken>;
  readonly trustDomain: string;
  /** Reviews for each address of a caller and minute; 0 for no limit. */
  readonly perMinute: number;
  /** Told why the API server could not be asked, and with undefined when it could. */
  readonly onState: (problem: string | undefined) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface Answer {
  readonly until: number;
  readonly spiffeId: string | undefined;
  readonly refusal: MallaError | undefined;
}

/**
 * Tokens of Kubernetes' service accounts as proof of an identity. The API server decides; what it says is kept for seconds, by a hash of the token.
 * Only tokens that are bound to a pod count: others outlive what they were made for. Nobody is let in while it cannot be asked.
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens
 */
export class ServiceAccountTokens {
  readonly #params: ServiceAccountTokensParams;
  readonly #rateLimit: RateLimit;
  readonly #answers = new Map<string, Answer>();
  #running = 0;

  constructor(params: ServiceAccountTokensParams) {
    this.#params = params;
    this.#rateLimit = new RateLimit(params.perMinute, params.now);
  }

  /**
   * The identity that a token proves: `spiffe://<trust domain>/ns/<namespace>/sa/<service account>`.
   * @param address of the caller
   * @throws MallaError `unauthenticated` with the reason; `unavailable` while the API server cannot be asked; `exhausted` for too many
   */
  async verify(token: string, address: string): Promise<string> {
    const claims = this.#claims(token);
    const hash = createHash('sha256').update(token).digest('base64');
    const kept = this.#answers.get(hash);
    if (kept !== undefined && kept.until > this.#params.now()) return resultOf(kept);
    if (!this.#rateLimit.take(addressWithoutPort(address)))
      throw new MallaError('exhausted', 'too many tokens are sent from this address; try again in a minute');
    if (this.#running >= mostAtOnce)
      throw new MallaError('exhausted', 'too many tokens are being checked; try again in a moment');
    this.#running++;
    try {
      return resultOf(this.#remember(hash, await this.#review(token, claims)));
    } finally {
      this.#running--;
    }
  }

  /** What can be seen without asking anybody. */
  #claims(token: string): JWTPayload {
    if (token.length > maxTokenLength) throw refused('it is too long to be one');
    const claims = decoded(token);
    if (claims === undefined) throw refused('it is not a JWT');
    if (![claims.aud ?? []].flat().includes(tokenAudience)) throw refused(`its audience is not ${tokenAudience}`);
    if ((claims.exp ?? 0) * 1_000 <= this.#params.now())
      throw refused(`it expired at ${new Date((claims.exp ?? 0) * 1_000).toISOString()}`);
    return claims;
  }

  async #review(token: string, claims: JWTPayload): Promise<Answer> {
    const { review, onState, now } = this.#params;
    try {
      const spiffeId = this.#identity(await review(token));
      onState(undefined);
      return { spiffeId, refusal: undefined, until: Math.min(now() + goodForMs, (claims.exp ?? 0) * 1_000) };
    } catch (thrown) {
      const error = MallaError.from(thrown);
      // Without details it is the token that the server refused; with them it refused us.
      if (error.code === 'unauthenticated' && kubeErrorDetails(error) === undefined) {
        onState(undefined);
        return { spiffeId: undefined, refusal: refused(error.message), until: now() + badForMs };
      }
      onState(error.message);
      const message = 'the Kubernetes API cannot be asked whose token it is; try again';
      throw new MallaError('unavailable', message, { cause: thrown });
    }
  }

  #identity({ username, extra }: ReviewedToken): string {
    const [, namespace, serviceAccount] = /^system:serviceaccount:([a-z0-9-]+):([a-z0-9.-]+)$/.exec(username) ?? [];
    if (namespace === undefined || serviceAccount === undefined)
      throw new MallaError('unauthenticated', `it is of ${username}, which is no service account`);
    if ((extra[podName]?.[0] ?? '') === '')
      throw new MallaError('unauthenticated', 'it is not bound to a pod; machines outside the cluster use join tokens');
    return formatWorkloadId({ trustDomain: this.#params.trustDomain, namespace, serviceAccount });
  }

  #remember(hash: string, answer: Answer): Answer {
    this.#answers.delete(hash);
    this.#answers.set(hash, answer);
    if (this.#answers.size > mostRemembered) this.#answers.delete(this.#answers.keys().next().value as string);
    return answer;
  }
}

/** The issuer that a token names, whether or not that is true; undefined for what is no JWT. */
export function issuerOf(token: string): string | undefined {
  return decoded(token)?.iss;
}

function decoded(token: string): JWTPayload | undefined {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}

function resultOf({ spiffeId, refusal }: Answer): string {
  if (spiffeId === undefined) throw refusal ?? refused('no reason is known');
  return spiffeId;
}

/** The port changes with each connection. */
function addressWithoutPort(address: string): string {
  return address.replace(/:\d+$/, '');
}

function refused(reason: string): MallaError {
  return new MallaError('unauthenticated', `the service account's token is refused: ${reason}`);
}
