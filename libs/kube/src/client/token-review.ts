import { MallaError } from '@malla/model';
import type { KubeClient } from './kube-client.ts';

/** Whom a token is of, by the API server's word. */
export interface ReviewedToken {
  /** Such as `system:serviceaccount:shop:cart`. */
  readonly username: string;
  readonly uid: string;
  readonly groups: readonly string[];
  /** Claims of a bound token, such as `authentication.kubernetes.io/pod-name`. */
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

interface TokenReview {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly error?: string;
    readonly audiences?: readonly string[];
    readonly user?: Partial<Omit<ReviewedToken, 'uid'>> & { readonly uid?: string };
  };
}

const path = '/apis/authentication.k8s.io/v1/tokenreviews';

/**
 * Asks the API server whose token it is. https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-review-v1/
 * @param audience that the token must be for
 * @throws MallaError `unauthenticated` for a token that does not hold or is for others; `unavailable` while the server cannot be asked;
 * `permission_denied` if we may not ask
 */
export async function reviewToken(client: KubeClient, token: string, audience: string): Promise<ReviewedToken> {
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    metadata: { name: '' },
    spec: { token, audiences: [audience] },
  };
  const { status = {} } = await client.json<TokenReview>({ method: 'POST', path, body });
  if (status.authenticated !== true || status.user?.username === undefined)
    throw new MallaError(
      'unauthenticated',
      `the API server does not know the token: ${status.error ?? 'no reason given'}`,
    );
  // A server that does not know of audiences answers none: then the token may be for anybody.
  if (!(status.audiences ?? []).includes(audience))
    throw new MallaError('unauthenticated', `the token is not for the audience ${audience}`);
  const { username, uid = '', groups = [], extra = {} } = status.user;
  return { username, uid, groups, extra };
}
