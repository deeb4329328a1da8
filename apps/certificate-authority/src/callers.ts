import type { CallInfo } from '@malla/grpc';
import { MallaError } from '@malla/model';
import { parseWorkloadId } from '@malla/spiffe';
import { joinTokenIssuer, type JoinTokens } from './join-tokens.ts';
import { issuerOf, type ServiceAccountTokens } from './kubernetes/service-account-tokens.ts';

/** Who calls, and how that is known. */
export interface Caller {
  readonly spiffeId: string;
  readonly by: 'certificate' | 'token' | 'service account';
}

export interface CallersParams {
  readonly tokens: JoinTokens;
  /** Those of the Kubernetes cluster; undefined without one. */
  readonly serviceAccounts?: ServiceAccountTokens | undefined;
  readonly trustDomain: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Tells who a caller is: by the token that it sends, else by the certificate of its connection. A token that is sent must hold: a bad one beside
 * a good certificate is a mistake that its owner should hear of.
 */
export class Callers {
  readonly #params: CallersParams;

  constructor(params: CallersParams) {
    this.#params = params;
  }

  /** @throws MallaError `unauthenticated`, with the reason */
  async identify(call: CallInfo): Promise<Caller> {
    const [header] = call.metadata.get('authorization');
    if (header !== undefined) return this.#identifyByToken(bearerToken(header.toString()), call.address);
    return { spiffeId: this.identifyByCertificate(call), by: 'certificate' };
  }

  /** What names itself a join token is taken for one; every other token is the cluster's to judge. */
  async #identifyByToken(token: string, address: string): Promise<Caller> {
    const { tokens, serviceAccounts } = this.#params;
    if (serviceAccounts === undefined || issuerOf(token) === joinTokenIssuer)
      return { spiffeId: await tokens.verify(token), by: 'token' };
    return { spiffeId: await serviceAccounts.verify(token, address), by: 'service account' };
  }

  /** @throws MallaError `unauthenticated`, with the reason */
  identifyByCertificate(call: CallInfo): string {
    const { peer, peerExpiresAt } = call;
    if (peer === undefined) {
      throw new MallaError(
        'unauthenticated',
        'the caller sent neither a join token nor a client certificate of this mesh',
      );
    }
    // The connection may be older than the certificate's end.
    if (peerExpiresAt === undefined || peerExpiresAt < this.#params.now()) {
      throw new MallaError(
        'unauthenticated',
        `the client certificate of ${peer} has expired; connect again with a new one`,
      );
    }
    if (parseWorkloadId(peer)?.trustDomain !== this.#params.trustDomain) {
      throw new MallaError('unauthenticated', `${peer} is not an identity of trust domain ${this.#params.trustDomain}`);
    }
    return peer;
  }
}

function bearerToken(header: string): string {
  const [, token] = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(header) ?? [];
  if (token === undefined) throw new MallaError('unauthenticated', 'the authorization header is not "Bearer <token>"');
  return token;
}
