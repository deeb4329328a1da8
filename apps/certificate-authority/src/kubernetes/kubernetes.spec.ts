import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Resource } from '@malla/model';
import { FakeKubeApi, type FakeToken } from '@malla/testkit/kube';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlPlaneId } from '@malla/spiffe';
import { createCsr, generateKey } from '@malla/pki';
import { cartId, TestAuthority } from '../../test/running-authority.ts';

const namespace = (name: string): Resource => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
const roots = (name: string): Resource => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'istio-ca-root-cert', namespace: name },
});

describe('certificate-authority of a Kubernetes cluster', () => {
  let cluster: FakeKubeApi;
  let authority: TestAuthority;
  let made = 0;

  beforeAll(async () => {
    cluster = await FakeKubeApi.start();
    cluster.put(namespace('shop'));
    authority = await TestAuthority.create();
    const kubeconfig = join(authority.dir, 'kubeconfig');
    writeFileSync(kubeconfig, cluster.kubeconfig);
    await authority.start({ MALLA_KUBERNETES: kubeconfig });
  });

  afterAll(async () => {
    await authority?.close();
    await cluster?.stop();
  });

  /** A token as the kubelet mounts it, and what the API server says of it. */
  const token = async (
    account: string,
    { audience = 'istio-ca', bound = true, known = true, expiresIn = 3_600, ...rest }: TokenParams = {},
  ): Promise<string> => {
    const jwt = await new SignJWT({ n: made++ })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('https://kubernetes.default.svc')
      .setAudience(audience)
      .setExpirationTime(Math.floor(Date.now() / 1_000) + expiresIn)
      .sign(new Uint8Array(32));
    const username = `system:serviceaccount:${account}`;
    const extra = bound ? { 'authentication.kubernetes.io/pod-name': ['pod-1'] } : {};
    if (known) cluster.tokens.set(jwt, { username, audiences: [audience], extra, ...rest });
    return jwt;
  };
  const certificate = async (spiffeId: string, bearer: string): Promise<readonly string[]> =>
    authority.certify(bearer, { csr: await createCsr(await generateKey(), spiffeId) });
  const reviews = (): number => cluster.requests.filter(({ url }) => url.includes('tokenreviews')).length;

  it('certifies the service account of a pod', async () => {
    expect(await certificate(cartId, await token('shop:cart'))).toHaveLength(3);
    expect(authority.logged('Certificate issued').at(-1)).toMatchObject({ identity: cartId, by: 'service account' });
  });

  it("certifies Malla's own services by their accounts in malla-system", async () => {
    const id = controlPlaneId('discovery', 'cluster.local');
    expect(await certificate(id, await token('malla-system:discovery'))).toHaveLength(3);
  });

  it('certifies nobody else than the token says', async () => {
    const other = certificate('spiffe://cluster.local/ns/shop/sa/web', await token('shop:cart'));
    await expect(other).rejects.toMatchObject({ code: 'invalid' });
  });

  it.each<[string, TokenParams, RegExp]>([
    ['is for others', { audience: 'vault' }, /audience/],
    ['has expired', { expiresIn: -1 }, /expired/],
    ['the API server does not know', { known: false }, /does not know/],
    ['is bound to no pod', { bound: false }, /not bound to a pod/],
    ['is of a user', { username: 'system:admin' }, /no service account/],
  ])('refuses a token that %s', async (_, params, reason) => {
    const refused = certificate(cartId, await token('shop:cart', params));
    await expect(refused).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringMatching(reason) as string,
    });
  });

  it('asks the API server once for a token that comes again', async () => {
    const bearer = await token('shop:cart');
    const before = reviews();
    for (let i = 0; i < 5; i++) await certificate(cartId, bearer);
    expect(reviews()).toBe(before + 1);
  });

  it.each([401, 403, 500, 503])(
    'lets nobody in while the API server answers %s, and tells to try again',
    async (code) => {
      cluster.refuse(/tokenreviews/, code, 2);
      const refused = certificate(cartId, await token('shop:cart'));
      await expect(refused).rejects.toMatchObject({ code: 'unavailable' });
      cluster.forgetRefusals();
    },
  );

  it('goes on with join tokens', async () => {
    const id = controlPlaneId('config-api', 'cluster.local');
    expect(await certificate(id, authority.bootstrapToken('config-api'))).toHaveLength(3);
  });

  it('publishes the roots in every namespace, and keeps them there', async () => {
    const published = (name: string): unknown => cluster.find(roots(name))?.['data'];
    const wanted = { 'root-cert.pem': authority.roots() };
    await expect.poll(() => published('shop')).toEqual(wanted);
    cluster.put(namespace('late'));
    await expect.poll(() => published('late')).toEqual(wanted);
    await cluster.away();
    await cluster.back();
    cluster.put(namespace('later'));
    await expect.poll(() => published('later')).toEqual(wanted);
  });
});

interface TokenParams extends Partial<Pick<FakeToken, 'username'>> {
  readonly audience?: string;
  readonly bound?: boolean;
  readonly known?: boolean;
  readonly expiresIn?: number;
}
