import { createClient, openChannel, type Channel, type MeshIdentity } from '@malla/grpc';
import { MallaError } from '@malla/model';
import { JoinTokenService } from '@malla/protos/gen/malla/ca/v1/ca_pb';
import type { HostPort } from '@malla/settings';
import { controlPlaneId } from '@malla/spiffe';
import type { JoinToken, JoinTokens } from './malla-api.ts';

const timeoutMs = 10_000;

export interface AuthorityJoinTokensParams {
  readonly address: HostPort;
  readonly identity: MeshIdentity;
  readonly trustDomain: string;
}

/** Join tokens from the certificate authority, over mutual TLS. */
export class AuthorityJoinTokens implements JoinTokens {
  readonly #channel: Channel;

  constructor({ address, identity, trustDomain }: AuthorityJoinTokensParams) {
    this.#channel = openChannel({
      target: address,
      credentials: identity.channelCredentials(controlPlaneId('certificate-authority', trustDomain)),
    });
  }

  async create(params: {
    namespace: string;
    serviceAccount: string;
    ttlSeconds: number;
    requestedBy: string;
  }): Promise<JoinToken> {
    const { ttlSeconds, ...rest } = params;
    const answer = await createClient(JoinTokenService, this.#channel).createJoinToken(
      { ...rest, ttlSeconds: BigInt(ttlSeconds) },
      { timeoutMs },
    );
    if (answer.expiresAt === undefined)
      throw new MallaError('internal', 'the certificate authority sent a token without an end');
    const { seconds } = answer.expiresAt;
    return {
      token: answer.token,
      spiffeId: answer.spiffeId,
      expiresAt: new Date(Number(seconds) * 1_000).toISOString(),
    };
  }

  close(): void {
    this.#channel.close();
  }
}
