import { createCsr, generateKey, parseCertificates, verifyChain, type KeyPair } from '@malla/pki';
import { controlPlaneId } from '@malla/spiffe';
import { SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cartId, TestAuthority } from '../test/running-authority.ts';
import { KeyStore } from './key-store.ts';

let authority: TestAuthority;

beforeEach(async () => {
  authority = await TestAuthority.create();
});

afterEach(() => authority.close());

/** A token that differs from a good one in one respect. */
function token(key: KeyPair, change: (jwt: SignJWT) => SignJWT): Promise<string> {
  const jwt = new SignJWT().setProtectedHeader({ alg: 'ES256' }).setIssuedAt();
  const good = jwt.setIssuer('malla.io/certificate-authority').setAudience('istio-ca').setSubject(cartId);
  return change(good).sign(key.privateKey);
}

describe('CreateCertificate', () => {
  it('gives a chain of leaf, issuer and root for the identity of the token', async () => {
    await authority.start();
    const certChain = await authority.certify(await authority.joinToken('cart'));
    expect(certChain).toHaveLength(3);
    const chain = parseCertificates(certChain.join(''));
    const trusted = parseCertificates(authority.roots());
    if (!chain.ok || !trusted.ok) throw new Error('does not read');
    const verified = await verifyChain({ chain: chain.value, roots: trusted.value, now: Date.now() });
    expect(verified).toMatchObject({ ok: true, value: { spiffeId: cartId } });
    expect(chain.value[0]?.altNames).toMatchObject({ uris: [cartId], dnsNames: [], ipAddresses: [] });
    const life = (chain.value[0]?.notAfter ?? 0) - Date.now();
    expect(Math.abs(life - 24 * 3_600_000)).toBeLessThan(60_000);
    expect(await authority.metric('citadel_server_csr_count')).toBe(2);
    expect(await authority.metric('citadel_server_success_cert_issuance_count')).toBe(2);
    expect(await authority.metric('citadel_server_root_cert_expiry_timestamp')).toBeGreaterThan(Date.now() / 1_000);
    expect(authority.logged('Certificate issued').find(({ identity }) => identity === cartId)).toMatchObject({
      by: 'token',
      audit: true,
    });
  });

  it('grants shorter lives, and never longer ones', async () => {
    await authority.start({ MALLA_WORKLOAD_CERT_TTL: '1h', MALLA_CSR_PER_MINUTE: '0' });
    const good = await authority.joinToken('cart');
    const secondsLeft = async (validityDuration: bigint): Promise<number> => {
      const parsed = parseCertificates((await authority.certify(good, { validityDuration })).join(''));
      return ((parsed.ok ? (parsed.value[0]?.notAfter ?? 0) : 0) - Date.now()) / 1_000;
    };
    expect(await secondsLeft(30n)).toBeGreaterThan(0);
    expect(await secondsLeft(30n)).toBeLessThanOrEqual(31);
    expect(await secondsLeft(999_999n)).toBeLessThanOrEqual(3_601);
    await expect(authority.certify(good, { validityDuration: 9n })).rejects.toMatchObject({ code: 'invalid' });
    await expect(authority.certify(good, { validityDuration: -1n })).rejects.toMatchObject({ code: 'invalid' });
  });

  it('refuses tokens that are missing, broken, forged, expired or for others, each with its reason', async () => {
    await authority.start();
    const good = await authority.joinToken('cart');
    const key = new KeyStore(authority.keyDir).load('cluster.local')?.tokenKey;
    if (key === undefined) throw new Error('no key');
    const [header, payload] = good.split('.');
    const cases: [string | undefined, RegExp][] = [
      [undefined, /neither a join token nor a client certificate/],
      ['x', /not a JWT/],
      ['x'.repeat(5_000), /too long/],
      [`${header}.${payload}.${'A'.repeat(86)}`, /signature/],
      [await token(await generateKey(), (jwt) => jwt.setExpirationTime('1h')), /signature/],
      [await token(key, (jwt) => jwt.setExpirationTime(1_000)), /expired at 1970-01-01T00:16:40/],
      [await token(key, (jwt) => jwt.setExpirationTime('1h').setAudience('kubernetes')), /audience is not istio-ca/],
      [await token(key, (jwt) => jwt.setExpirationTime('1h').setIssuer('me')), /issuer/],
      [await token(key, (jwt) => jwt), /claim exp is missing/],
      [
        await token(key, (jwt) => jwt.setExpirationTime('1h').setSubject('spiffe://evil.example/ns/a/sa/b')),
        /not in this mesh/,
      ],
      [`${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`, /algorithm|not a JWT/],
    ];
    for (const [bad, reason] of cases) {
      await expect(authority.certify(bad)).rejects.toMatchObject({
        code: 'unauthenticated',
        message: expect.stringMatching(reason),
      });
    }
    expect(await authority.metric('citadel_server_authentication_failure_count')).toBe(cases.length);
    expect(authority.logged('Caller refused')).toHaveLength(cases.length);
    expect(JSON.stringify(authority.lines)).not.toContain(good);
  });

  it('refuses requests that ask for more than their caller is', async () => {
    await authority.start();
    const good = await authority.joinToken('cart');
    const csr = await createCsr(await generateKey(), controlPlaneId('config-api', 'cluster.local'));
    await expect(authority.certify(good, { csr })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('asks for'),
    });
    await expect(authority.certify(good, { csr: 'hello' })).rejects.toMatchObject({
      code: 'invalid',
      details: { code: 'malformed' },
    });
    const impersonation = authority.certify(good, { metadata: { ImpersonatedIdentity: 'x' } });
    await expect(impersonation).rejects.toMatchObject({ code: 'permission_denied' });
    await expect(authority.certify(good, { metadata: { CertSigner: 'x' } })).rejects.toMatchObject({
      code: 'unsupported',
    });
    expect(await authority.metric('citadel_server_csr_parsing_err_count')).toBe(2);
    expect(authority.logged('Certificate refused')).toHaveLength(4);
  });

  it('grants host names to the control plane, and to nobody else', async () => {
    await authority.start();
    const hosts = { dnsNames: ['api.example'], ipAddresses: [Buffer.of(10, 0, 0, 1)] };
    const configApi = controlPlaneId('config-api', 'cluster.local');
    const asked = await createCsr(await generateKey(), configApi, hosts);
    const parsed = parseCertificates(
      (await authority.certify(authority.bootstrapToken('config-api'), { csr: asked })).join(''),
    );
    const names = parsed.ok ? parsed.value[0]?.altNames : undefined;
    expect(names?.uris).toEqual([configApi]);
    expect(names?.dnsNames).toEqual(
      expect.arrayContaining(['localhost', 'config-api.malla-system.svc', 'api.example']),
    );
    expect(names?.ipAddresses.map((address) => Buffer.from(address).toString('hex'))).toContain('0a000001');
    const csr = await createCsr(await generateKey(), cartId, hosts);
    await expect(authority.certify(await authority.joinToken('cart'), { csr })).rejects.toMatchObject({
      code: 'invalid',
    });
  });

  it('limits each identity by itself', async () => {
    await authority.start({ MALLA_CSR_PER_MINUTE: '3' });
    const good = await authority.joinToken('cart');
    for (let count = 0; count < 3; count++) await authority.certify(good);
    await expect(authority.certify(good)).rejects.toMatchObject({ code: 'exhausted' });
    await authority.identity('spiffe://cluster.local/ns/shop/sa/other', await authority.joinToken('other')).start();
  });
});
