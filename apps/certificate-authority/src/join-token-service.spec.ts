import { createClient } from '@malla/grpc';
import { JoinTokenService } from '@malla/protos/gen/malla/ca/v1/ca_pb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cartId, TestAuthority } from '../test/running-authority.ts';

let authority: TestAuthority;

beforeEach(async () => {
  authority = await TestAuthority.create();
  await authority.start();
});

afterEach(() => authority.close());

describe('CreateJoinToken', () => {
  it('is for config-api only', async () => {
    const cart = authority.identity(cartId, await authority.joinToken('cart'));
    await cart.start();
    const wanted = { namespace: 'shop', serviceAccount: 'admin' };
    const asCart = createClient(JoinTokenService, authority.channel(cart));
    await expect(asCart.createJoinToken(wanted)).rejects.toMatchObject({ code: 'permission_denied' });
    const asNobody = createClient(JoinTokenService, authority.anonymous());
    await expect(asNobody.createJoinToken(wanted)).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(authority.logged('Join token refused')).toMatchObject([{ peer: cartId, serviceAccount: 'admin' }]);
  });

  it('never makes a token of the control plane, nor for what is no name', async () => {
    const client = createClient(JoinTokenService, authority.channel(await authority.configApi()));
    const code = async (namespace: string, serviceAccount: string): Promise<string> => {
      const failure: unknown = await client
        .createJoinToken({ namespace, serviceAccount })
        .catch((error: unknown) => error);
      return (failure as { code: string }).code;
    };
    for (const service of ['config-api', 'discovery', 'certificate-authority', 'policy-telemetry']) {
      expect(await code('malla-system', service)).toBe('permission_denied');
    }
    expect(await code('malla-system', 'gateway')).toBeUndefined();
    expect(await code('a/b', 'x')).toBe('invalid');
    expect(await code('shop', '')).toBe('invalid');
    expect(await code('shop', 'x/../y')).toBe('invalid');
    await expect(
      client.createJoinToken({ namespace: 'shop', serviceAccount: 'x', ttlSeconds: -1n }),
    ).rejects.toMatchObject({
      code: 'invalid',
    });
  });

  it('caps the life of a token, and writes down who asked', async () => {
    const client = createClient(JoinTokenService, authority.channel(await authority.configApi()));
    const wanted = { namespace: 'shop', serviceAccount: 'x', requestedBy: 'ana', ttlSeconds: 999_999_999n };
    const made = await client.createJoinToken(wanted);
    expect(made.spiffeId).toBe('spiffe://cluster.local/ns/shop/sa/x');
    expect(Number(made.expiresAt?.seconds) - Date.now() / 1_000).toBeLessThan(24 * 3_600 + 5);
    expect(authority.logged('Join token made')).toMatchObject([{ actor: 'ana', identity: made.spiffeId }]);
  });
});
