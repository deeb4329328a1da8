import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningConfigApi, TestMesh, virtualServices } from '../../test/running-config-api.ts';
import { OidcTokens } from './oidc.ts';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

/** An issuer on this machine that publishes its keys, and counts how often it is asked for them. */
class Issuer {
  readonly #server: Server;
  #keys: KeyPair;
  asked = 0;

  private constructor(server: Server, keys: KeyPair) {
    this.#server = server;
    this.#keys = keys;
  }

  static async start(): Promise<Issuer> {
    const server = createServer();
    const issuer = new Issuer(server, await generateKeyPair('ES256'));
    server.on('request', (request, response) => {
      const document = { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` };
      response.setHeader('content-type', 'application/json');
      if (request.url === '/.well-known/openid-configuration') response.end(JSON.stringify(document));
      else void issuer.#jwks().then((keys) => response.end(JSON.stringify({ keys })));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  token(claims: JWTPayload = {}, keys = this.#keys, expires = '5m'): Promise<string> {
    const payload = { iss: this.url, aud: 'malla', sub: 'alice', groups: ['developers'], ...claims };
    return new SignJWT(payload)
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .setIssuedAt()
      .setExpirationTime(expires)
      .sign(keys.privateKey);
  }

  stop(): void {
    this.#server.close();
  }

  async #jwks(): Promise<object[]> {
    this.asked++;
    return [{ ...(await exportJWK(this.#keys.publicKey)), kid: 'one', alg: 'ES256' }];
  }
}

describe('tokens of an OpenID Connect issuer', () => {
  let issuer: Issuer;
  let mesh: TestMesh;
  let api: RunningConfigApi;
  beforeAll(async () => {
    issuer = await Issuer.start();
    mesh = await TestMesh.create();
    api = await RunningConfigApi.start(mesh, 'one', { MALLA_OIDC_ISSUER: issuer.url });
  });
  afterAll(async () => {
    await api?.close();
    await mesh?.remove();
    issuer?.stop();
  });

  it('make callers with prefixed names and groups, whose rights are those of role bindings', async () => {
    const token = await issuer.token();
    const whoami = await api.rest.get('/apis/malla.io/v1/whoami', { token });
    expect(whoami.body).toMatchObject({ name: 'oidc:alice', groups: ['oidc:developers', 'system:authenticated'] });
    expect((await api.rest.get(virtualServices, { token })).status).toBe(403);
    await api.rest.post('/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'developers' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'oidc:developers' }],
    });
    expect((await api.rest.get(virtualServices, { token })).status).toBe(200);
    expect(issuer.asked).toBe(1);
  });

  it('cannot name anybody of ours', async () => {
    const token = await issuer.token({ sub: 'admin', groups: ['system:masters'] });
    expect((await api.rest.get(virtualServices, { token })).status).toBe(403);
  });

  it('are refused when they are for others, over, or of another key', async () => {
    const stranger = await generateKeyPair('ES256');
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ iss: issuer.url, aud: 'malla', sub: 'a', exp: 9e9 })).toString('base64url')}.x`;
    const bad = [
      await issuer.token({ aud: 'other' }),
      await issuer.token({ iss: 'https://other.example' }),
      await issuer.token({ sub: '' }),
      await issuer.token({}, stranger),
      await issuer.token({}, undefined, '-1m'),
      unsigned,
    ];
    for (const token of bad)
      expect(await api.rest.get(virtualServices, { token })).toMatchObject({
        status: 401,
        body: { reason: 'Unauthorized' },
      });
    // Keys that are not known are not asked for with every token.
    expect(issuer.asked).toBeLessThanOrEqual(2);
  });

  it('leave our own tokens as they are', async () => {
    expect((await api.rest.get(virtualServices)).status).toBe(200);
  });

  it('are answered with 503 while the issuer is out of reach', async () => {
    const away = new OidcTokens({
      issuer: 'http://127.0.0.1:9',
      audience: 'malla',
      usernameClaim: 'sub',
      groupsClaim: 'groups',
      prefix: 'oidc:',
    });
    await expect(away.check(await issuer.token())).rejects.toMatchObject({ code: 'unavailable' });
    await away.close();
  });
});
