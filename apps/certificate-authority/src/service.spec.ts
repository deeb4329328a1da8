import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import {
  anonymousChannelCredentials,
  createClient,
  GrpcServer,
  HealthService,
  MeshIdentity,
  openChannel,
  type Channel,
} from '@malla/grpc';
import { createLogger, Health, startService, type RunningService } from '@malla/observability';
import { createCsr, generateKey, parseCertificates, verifyChain } from '@malla/pki';
import { IstioCertificateService } from '@malla/protos/gen/istio/v1/auth/ca_pb';
import { JoinTokenService, TrustBundleService } from '@malla/protos/gen/malla/ca/v1/ca_pb';
import { controlPlaneId } from '@malla/spiffe';
import { SignJWT } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeyStore } from './key-store.ts';
import { certificateAuthority } from './service.ts';
import type { authoritySettings } from './settings.ts';

type Running = RunningService<typeof authoritySettings>;

const authorityId = controlPlaneId('certificate-authority', 'cluster.local');
const cartId = 'spiffe://cluster.local/ns/shop/sa/cart';
const logger = createLogger({ service: 'spec', level: 'silent' });

let dir: string;
let port: number;
let running: Running | undefined;
let lines: Record<string, unknown>[];
const closers: (() => unknown)[] = [];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'malla-ca-'));
  lines = [];
  port = await freePort();
});

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await running?.close();
  running = undefined;
  rmSync(dir, { recursive: true });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: found } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return found;
}

async function start(env: Record<string, string> = {}): Promise<Running> {
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  const base = {
    MALLA_CA_DIR: join(dir, 'ca'),
    MALLA_GRPC_HOST: '127.0.0.1',
    MALLA_GRPC_PORT: String(port),
    MALLA_HTTP_PORT: '0',
  };
  running = await startService(
    certificateAuthority('0'),
    { env: { ...base, ...env }, argv: [] },
    { logDestination: sink },
  );
  return running;
}

function roots(): string {
  return readFileSync(join(dir, 'ca/root-cert.pem'), 'utf8');
}

function bootstrapToken(service: string): string {
  return readFileSync(join(dir, `ca/bootstrap/${service}.token`), 'utf8').trim();
}

/** A client without a certificate. */
function anonymous(): Channel {
  const channel = openChannel({
    target: { host: '127.0.0.1', port },
    credentials: anonymousChannelCredentials(roots(), [authorityId]),
    options: { 'grpc.use_local_subchannel_pool': 1 },
  });
  closers.push(() => channel.close());
  return channel;
}

function identity(spiffeId: string, token: string | undefined, ttlMs?: number): MeshIdentity {
  const made = new MeshIdentity({
    spiffeId,
    trustDomain: 'cluster.local',
    authority: { host: '127.0.0.1', port },
    roots,
    token: () => token,
    stateDir: join(dir, spiffeId.replaceAll(/\W/g, '-')),
    logger,
    ...(ttlMs === undefined ? {} : { ttlMs }),
  });
  closers.push(() => made.close());
  return made;
}

function channelTo(target: number, from: MeshIdentity, expected: string): Channel {
  const channel = openChannel({
    target: { host: '127.0.0.1', port: target },
    credentials: from.channelCredentials(expected),
  });
  closers.push(() => channel.close());
  return channel;
}

async function configApi(): Promise<MeshIdentity> {
  const made = identity(controlPlaneId('config-api', 'cluster.local'), bootstrapToken('config-api'));
  await made.start();
  return made;
}

async function joinToken(serviceAccount: string, ttlSeconds = 0n): Promise<string> {
  const client = createClient(JoinTokenService, channelTo(port, await configApi(), authorityId));
  return (await client.createJoinToken({ namespace: 'shop', serviceAccount, requestedBy: 'spec', ttlSeconds })).token;
}

async function certify(
  token: string | undefined,
  fields: { csr?: string; validityDuration?: bigint; metadata?: object } = {},
) {
  const csr = fields.csr ?? (await createCsr(await generateKey(), cartId));
  const metadata = token === undefined ? {} : { metadata: { authorization: `Bearer ${token}` } };
  const request = { csr, validityDuration: fields.validityDuration ?? 0n, metadata: (fields.metadata ?? {}) as never };
  return createClient(IstioCertificateService, anonymous()).createCertificate(request, metadata);
}

async function metric(name: string): Promise<number> {
  const response = await fetch(`${running?.httpUrl}/metrics`);
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(await response.text())?.[1]);
}

describe('joining', () => {
  it('gives a chain of leaf, issuer and root for the identity of the token', async () => {
    await start();
    const { certChain } = await certify(await joinToken('cart'), { csr: await createCsr(await generateKey(), cartId) });
    expect(certChain).toHaveLength(3);
    const chain = parseCertificates(certChain.join(''));
    const trusted = parseCertificates(roots());
    if (!chain.ok || !trusted.ok) throw new Error('does not read');
    const verified = await verifyChain({ chain: chain.value, roots: trusted.value, now: Date.now() });
    expect(verified).toMatchObject({ ok: true, value: { spiffeId: cartId } });
    const life = (chain.value[0]?.notAfter ?? 0) - Date.now();
    expect(Math.abs(life - 24 * 3_600_000)).toBeLessThan(5_000);
    expect(await metric('citadel_server_success_cert_issuance_count')).toBe(2);
    expect(lines.find(({ msg, identity: id }) => msg === 'Certificate issued' && id === cartId)).toMatchObject({
      by: 'token',
      audit: true,
    });
  });

  it('grants shorter lives, and never longer ones', async () => {
    await start({ MALLA_WORKLOAD_CERT_TTL: '1h', MALLA_CSR_PER_MINUTE: '0' });
    const token = await joinToken('cart');
    const life = async (validityDuration: bigint): Promise<number> => {
      const parsed = parseCertificates((await certify(token, { validityDuration })).certChain.join(''));
      return Math.round(((parsed.ok ? (parsed.value[0]?.notAfter ?? 0) : 0) - Date.now()) / 1_000);
    };
    expect(await life(30n)).toBeGreaterThanOrEqual(29);
    expect(await life(30n)).toBeLessThanOrEqual(31);
    expect(await life(999_999n)).toBeLessThanOrEqual(3_601);
    await expect(certify(token, { validityDuration: 9n })).rejects.toMatchObject({ code: 'invalid' });
    await expect(certify(token, { validityDuration: -1n })).rejects.toMatchObject({ code: 'invalid' });
  });

  it('refuses tokens that are missing, broken, forged, expired or for others, each with its reason', async () => {
    await start();
    const good = await joinToken('cart');
    const key = new KeyStore(join(dir, 'ca')).load('cluster.local')?.tokenKey;
    if (key === undefined) throw new Error('no key');
    const token = (change: (jwt: SignJWT) => SignJWT, signer = key): Promise<string> =>
      change(
        new SignJWT()
          .setProtectedHeader({ alg: 'ES256' })
          .setIssuer('malla.io/certificate-authority')
          .setAudience('istio-ca')
          .setSubject(cartId),
      )
        .setIssuedAt()
        .sign(signer.privateKey);
    const cases: [string | undefined, RegExp][] = [
      [undefined, /neither a join token nor a client certificate/],
      ['x', /not a JWT/],
      ['x'.repeat(5_000), /too long/],
      [good.slice(0, -6) + 'AAAAAA', /signature/],
      [await token((jwt) => jwt.setExpirationTime('1h'), await generateKey()), /signature/],
      [await token((jwt) => jwt.setExpirationTime(1_000)), /expired at 1970-01-01T00:16:40/],
      [await token((jwt) => jwt.setExpirationTime('1h').setAudience('kubernetes')), /audience is not istio-ca/],
      [await token((jwt) => jwt.setExpirationTime('1h').setIssuer('me')), /issuer/],
      [await token((jwt) => jwt), /claim exp is missing/],
      [
        await token((jwt) => jwt.setExpirationTime('1h').setSubject('spiffe://evil.example/ns/a/sa/b')),
        /not in this mesh/,
      ],
      [`${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.`, /algorithm|not a JWT/],
    ];
    for (const [bad, reason] of cases) {
      await expect(certify(bad)).rejects.toMatchObject({
        code: 'unauthenticated',
        message: expect.stringMatching(reason),
      });
    }
    expect(await metric('citadel_server_authentication_failure_count')).toBe(cases.length);
    expect(lines.filter(({ msg }) => msg === 'Caller refused')).toHaveLength(cases.length);
    expect(JSON.stringify(lines)).not.toContain(good);
  });

  it('refuses requests that ask for more than their caller is', async () => {
    await start();
    const token = await joinToken('cart');
    const foreign = await createCsr(await generateKey(), controlPlaneId('config-api', 'cluster.local'));
    await expect(certify(token, { csr: foreign })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('asks for'),
    });
    await expect(certify(token, { csr: 'hello' })).rejects.toMatchObject({
      code: 'invalid',
      details: { code: 'malformed' },
    });
    await expect(certify(token, { metadata: { ImpersonatedIdentity: 'x' } })).rejects.toMatchObject({
      code: 'permission_denied',
    });
    await expect(certify(token, { metadata: { CertSigner: 'x' } })).rejects.toMatchObject({ code: 'unsupported' });
    expect(await metric('citadel_server_csr_parsing_err_count')).toBe(2);
    expect(lines.filter(({ msg }) => msg === 'Certificate refused')).toHaveLength(4);
  });

  it('limits each identity by itself', async () => {
    await start({ MALLA_CSR_PER_MINUTE: '3' });
    const token = await joinToken('cart');
    for (let count = 0; count < 3; count++) await certify(token);
    await expect(certify(token)).rejects.toMatchObject({ code: 'exhausted' });
    await identity('spiffe://cluster.local/ns/shop/sa/other', await joinToken('other')).start();
  });
});

describe('join tokens', () => {
  it('are made for config-api only, and never for the control plane', async () => {
    await start();
    const cart = identity(cartId, await joinToken('cart'));
    await cart.start();
    const asCart = createClient(JoinTokenService, channelTo(port, cart, authorityId));
    await expect(asCart.createJoinToken({ namespace: 'shop', serviceAccount: 'admin' })).rejects.toMatchObject({
      code: 'permission_denied',
    });
    const asNobody = createClient(JoinTokenService, anonymous());
    await expect(asNobody.createJoinToken({ namespace: 'shop', serviceAccount: 'x' })).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    const client = createClient(JoinTokenService, channelTo(port, await configApi(), authorityId));
    await expect(
      client.createJoinToken({ namespace: 'malla-system', serviceAccount: 'discovery' }),
    ).rejects.toMatchObject({
      code: 'permission_denied',
    });
    await expect(client.createJoinToken({ namespace: 'a/b', serviceAccount: 'x' })).rejects.toMatchObject({
      code: 'invalid',
    });
    await expect(client.createJoinToken({ namespace: 'a', serviceAccount: '' })).rejects.toMatchObject({
      code: 'invalid',
    });
    const made = await client.createJoinToken({ namespace: 'shop', serviceAccount: 'x', ttlSeconds: 999_999_999n });
    expect(made.spiffeId).toBe('spiffe://cluster.local/ns/shop/sa/x');
    expect(Number(made.expiresAt?.seconds) - Date.now() / 1_000).toBeLessThan(24 * 3_600 + 5);
  });
});

describe('identities', () => {
  it('renew by their own certificate, live on in their folder, and follow the server and client of a call without dropping a stream', async () => {
    await start({ MALLA_WORKLOAD_CERT_TTL: '10s', MALLA_ISSUER_TTL: '20s' });
    const server = identity(cartId, await joinToken('cart'));
    const client = identity('spiffe://cluster.local/ns/shop/sa/web', await joinToken('web'));
    await Promise.all([server.start(), client.start()]);
    const seen = new Set<string | undefined>();
    const grpc = new GrpcServer({ name: 'cart', logger }).add(HealthService, {
      check: (_request, call) => (seen.add(call.peer), { status: 1 }),
      async watch(_request, stream) {
        for (let status = 0; !stream.signal.aborted; status = 1 - status) {
          stream.send({ status });
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      },
    });
    const cartPort = await grpc.listen({
      host: '127.0.0.1',
      port: 0,
      credentials: server.serverCredentials('required'),
      setting: 'X',
    });
    closers.push(() => grpc.close(500));
    const stream = createClient(HealthService, channelTo(cartPort, client, cartId)).watch({});
    let messages = 0;
    let broken: unknown;
    const reading = (async () => {
      for await (const _message of stream) messages++;
    })().catch((error: unknown) => (broken = error));
    let renewals = 0;
    const serials = new Set<string>();
    server.onChange(() => renewals++);
    client.onChange((material) => serials.add(material.certificateChain));
    // New connections all the while, each with what is then the newest certificate.
    const until = Date.now() + 12_000;
    while (Date.now() < until) {
      const fresh = openChannel({
        target: { host: '127.0.0.1', port: cartPort },
        credentials: client.channelCredentials(cartId),
        options: { 'grpc.use_local_subchannel_pool': 1 },
      });
      await createClient(HealthService, fresh).check({});
      fresh.close();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(renewals).toBeGreaterThanOrEqual(2);
    expect(serials.size).toBeGreaterThanOrEqual(2);
    expect(seen).toEqual(new Set(['spiffe://cluster.local/ns/shop/sa/web']));
    expect(broken).toBeUndefined();
    expect(messages).toBeGreaterThan(100);
    expect(lines.filter(({ msg }) => msg === 'Issuer replaced').length).toBeGreaterThanOrEqual(1);
    expect(
      lines.filter(({ msg, by }) => msg === 'Certificate issued' && by === 'certificate').length,
    ).toBeGreaterThanOrEqual(4);
    stream.cancel();
    await reading;
  });

  it('need no token after the first time, and survive the restart of the authority with the same root', async () => {
    await start();
    const before = roots();
    await identity(cartId, await joinToken('cart')).start();
    await running?.close();
    await start();
    expect(roots()).toBe(before);
    const again = identity(cartId, undefined);
    await again.start();
    expect(again.phase).toBe('ready');
    await expect(
      createClient(TrustBundleService, channelTo(port, again, authorityId)).getTrustBundle({}),
    ).resolves.toMatchObject({
      trustDomain: 'cluster.local',
      sequence: 1n,
    });
  });

  it('wait for an authority that starts later', async () => {
    const waiting = new MeshIdentity({
      spiffeId: controlPlaneId('discovery', 'cluster.local'),
      trustDomain: 'cluster.local',
      authority: { host: '127.0.0.1', port },
      roots: () => (running === undefined ? undefined : roots()),
      token: () => (running === undefined ? undefined : bootstrapToken('discovery')),
      stateDir: join(dir, 'discovery'),
      logger,
      health: new Health().check('identity'),
    });
    closers.push(() => waiting.close());
    const started = waiting.start();
    await start();
    await started;
    expect(waiting.current?.spiffeId).toBe('spiffe://cluster.local/ns/malla-system/sa/discovery');
  });

  it('say at once that a token is refused, or is of another', async () => {
    await start();
    await expect(identity(cartId, 'nonsense').start()).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('refused this process'),
    });
    await expect(identity(cartId, await joinToken('web')).start()).rejects.toMatchObject({
      message: expect.stringContaining('web'),
    });
  });

  it('refuse servers and clients that are not who they should be', async () => {
    await start();
    const cart = identity(cartId, await joinToken('cart'));
    const web = identity('spiffe://cluster.local/ns/shop/sa/web', await joinToken('web'));
    await Promise.all([cart.start(), web.start()]);
    const grpc = new GrpcServer({ name: 'cart', logger }).add(HealthService, { check: () => ({ status: 1 }) });
    const target = await grpc.listen({
      host: '127.0.0.1',
      port: 0,
      credentials: cart.serverCredentials('required'),
      setting: 'X',
    });
    closers.push(() => grpc.close(500));
    const wrongServer = createClient(HealthService, channelTo(target, web, 'spiffe://cluster.local/ns/shop/sa/bank'));
    await expect(wrongServer.check({})).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('cart, not'),
    });
    const nobody = openChannel({
      target: { host: '127.0.0.1', port: target },
      credentials: anonymousChannelCredentials(roots(), [cartId]),
    });
    closers.push(() => nobody.close());
    await expect(createClient(HealthService, nobody).check({})).rejects.toMatchObject({ code: 'unavailable' });
    await expect(createClient(HealthService, channelTo(target, web, cartId)).check({})).resolves.toMatchObject({
      status: 1,
    });
  });
});

describe('starting', () => {
  it('names port and setting when the port is taken', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(port, '127.0.0.1', resolve));
    await expect(start()).rejects.toMatchObject({
      message: `the gRPC server of certificate-authority cannot listen on 127.0.0.1:${port}: the port is taken; stop the other program or set MALLA_GRPC_PORT`,
    });
    await new Promise((resolve) => blocker.close(resolve));
  });

  it('refuses a key store that is open, damaged, incomplete or of another trust domain', async () => {
    await start();
    await running?.close();
    running = undefined;
    const ca = join(dir, 'ca');
    chmodSync(ca, 0o755);
    await expect(start()).rejects.toThrow(`run chmod 700 ${ca}`);
    chmodSync(ca, 0o700);
    chmodSync(join(ca, 'root.pem'), 0o644);
    await expect(start()).rejects.toThrow(`run chmod 600 ${join(ca, 'root.pem')}`);
    chmodSync(join(ca, 'root.pem'), 0o600);
    await expect(start({ MALLA_TRUST_DOMAIN: 'other.example' })).rejects.toThrow(
      'set MALLA_TRUST_DOMAIN=cluster.local',
    );
    const issuer = readFileSync(join(ca, 'issuer.pem'));
    writeFileSync(join(ca, 'issuer.pem'), issuer.subarray(0, 200));
    await expect(start()).rejects.toThrow('restore');
    writeFileSync(join(ca, 'issuer.pem'), issuer);
    const authority = readFileSync(join(ca, 'authority.json'));
    rmSync(join(ca, 'authority.json'));
    await expect(start()).rejects.toThrow('it is missing, but roots were given out');
    writeFileSync(join(ca, 'authority.json'), authority, { mode: 0o600 });
    await start();
  });

  it('refuses settings that do not fit together', async () => {
    await expect(start({ MALLA_ISSUER_TTL: '1h' })).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('MALLA_ISSUER_TTL'),
    });
    await expect(start({ MALLA_TRUST_DOMAIN: 'Bad Domain' })).rejects.toMatchObject({ code: 'invalid' });
  });
});
