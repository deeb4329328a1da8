import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MallaError } from '@malla/model';
import { createLogger, Health } from '@malla/observability';
import {
  addRoot,
  certificatesPem,
  createIssuer,
  createRoot,
  dropRoot,
  generateKey,
  issueLeaf,
  parseCsr,
  privateKeyPem,
  trustBundlePem,
  type Authority,
  type TrustBundle,
} from '@malla/pki';
import { IstioCertificateService } from '@malla/protos/gen/istio/v1/auth/ca_pb';
import { TrustBundleService } from '@malla/protos/gen/malla/ca/v1/ca_pb';
import { controlPlaneId } from '@malla/spiffe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openChannel } from '../client/channel.ts';
import { createClient } from '../client/create-client.ts';
import { GrpcServer } from '../server/grpc-server.ts';
import { HealthService } from '../server/health-service.ts';
import { serverCredentials } from '../tls/credentials.ts';
import { SettableIdentity } from '../tls/identity-source.ts';
import { MeshIdentity } from './mesh-identity.ts';

const trustDomain = 'cluster.local';
const cartId = 'spiffe://cluster.local/ns/shop/sa/cart';
const logger = createLogger({ service: 'spec', level: 'silent' });

async function newAuthority(): Promise<{ root: Authority; issuer: Authority }> {
  const now = Date.now();
  const root = await createRoot({ key: await generateKey(), trustDomain, now, ttlMs: 3_600_000 });
  return { root, issuer: await createIssuer({ key: await generateKey(), trustDomain, now, ttlMs: 3_600_000, root }) };
}

/** A certificate authority that certifies whom it is told, for lives as short as a spec likes. */
class FakeAuthority {
  root!: Authority;
  issuer!: Authority;
  bundle!: TrustBundle;
  ttlMs = 3_600_000;
  /** Waits so long before it certifies. */
  delayMs = 0;
  /** Refuses every call with this. */
  failure: MallaError | undefined;
  /** How each certificate was asked for: by which token, or as whom. */
  readonly asked: string[] = [];
  port = 0;
  readonly #own = new SettableIdentity();
  readonly #watchers = new Set<(bundle: TrustBundle) => void>();
  #server: GrpcServer | undefined;

  async open(): Promise<this> {
    Object.assign(this, await newAuthority());
    this.bundle = { trustDomain, roots: [this.root.certificate], sequence: 1n };
    await this.certifyItself();
    await this.listen();
    return this;
  }

  async certifyItself(): Promise<void> {
    const key = await generateKey();
    const spiffeId = controlPlaneId('certificate-authority', trustDomain);
    const leaf = await issueLeaf({ issuer: this.issuer, spki: key.spki, spiffeId, now: Date.now(), ttlMs: 3_600_000 });
    this.#own.set({
      spiffeId,
      certificateChain: certificatesPem(leaf, this.issuer.certificate),
      privateKey: privateKeyPem(key.privateKey),
      roots: trustBundlePem(this.bundle),
      notAfter: leaf.notAfter,
    });
  }

  async listen(): Promise<void> {
    this.#server = new GrpcServer({ name: 'the fake authority', logger })
      .add(IstioCertificateService, {
        createCertificate: async ({ csr }, call) => {
          if (this.failure !== undefined) throw this.failure;
          this.asked.push(call.metadata.get('authorization')[0]?.toString() ?? `as ${call.peer}`);
          const parsed = parseCsr(csr);
          if (!parsed.ok) throw new MallaError('invalid', parsed.problem.message);
          const { spki } = parsed.value.key;
          await new Promise((resolve) => setTimeout(resolve, this.delayMs));
          const leaf = await issueLeaf({
            issuer: this.issuer,
            spki,
            spiffeId: cartId,
            now: Date.now(),
            ttlMs: this.ttlMs,
          });
          return {
            certChain: [leaf, this.issuer.certificate, this.root.certificate].map((each) => certificatesPem(each)),
          };
        },
      })
      .add(TrustBundleService, {
        getTrustBundle: () => this.#wire(),
        watchTrustBundle: async (_request, stream) => {
          stream.send(this.#wire());
          const send = (): void => void stream.send(this.#wire());
          this.#watchers.add(send);
          await new Promise<void>((resolve) => stream.signal.addEventListener('abort', () => resolve()));
          this.#watchers.delete(send);
        },
      });
    const credentials = serverCredentials(this.#own, 'optional');
    this.port = await this.#server.listen({ host: '127.0.0.1', port: this.port, credentials, setting: 'X' });
  }

  publish(bundle: TrustBundle): void {
    this.bundle = bundle;
    for (const watcher of this.#watchers) watcher(bundle);
  }

  async close(): Promise<void> {
    await this.#server?.close(100);
  }

  #wire() {
    const { sequence, roots } = this.bundle;
    return { trustDomain, sequence, roots: roots.map((root) => certificatesPem(root)) };
  }
}

let dir: string;
let authority: FakeAuthority;
let health: Health;
const open: MeshIdentity[] = [];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'malla-identity-'));
  authority = await new FakeAuthority().open();
  health = new Health();
});

afterEach(async () => {
  for (const identity of open.splice(0)) identity.close();
  await authority.close();
  rmSync(dir, { recursive: true });
});

function identity(
  token: () => string | undefined = () => 'token',
  roots: string | (() => string) = trustBundlePem(authority.bundle),
): MeshIdentity {
  const made = new MeshIdentity({
    spiffeId: cartId,
    trustDomain,
    authority: { host: '127.0.0.1', port: authority.port },
    roots: typeof roots === 'string' ? () => roots : roots,
    token,
    stateDir: join(dir, 'state'),
    logger,
    health: health.check('identity'),
    random: () => 0.5,
  });
  open.push(made);
  return made;
}

describe('MeshIdentity', () => {
  it('joins by token, then renews as itself', async () => {
    authority.ttlMs = 1_500;
    const cart = identity();
    await cart.start();
    await expect.poll(() => authority.asked.length).toBeGreaterThanOrEqual(3);
    expect(authority.asked[0]).toBe('Bearer token');
    expect(new Set(authority.asked.slice(1))).toEqual(new Set([`as ${cartId}`]));
    expect(health.report().state).toBe('ok');
  });

  it('takes the certificate of a slow authority, which begins after it was asked for', async () => {
    authority.ttlMs = 10_000;
    authority.delayMs = 2_500;
    await identity().start();
    expect(authority.asked).toEqual(['Bearer token']);
  });

  it('waits for an authority that is away, and says so', async () => {
    await authority.close();
    const cart = identity();
    const started = cart.start();
    await expect.poll(() => health.report().checks[0]?.reason).toContain('no identity yet');
    await authority.listen();
    await started;
    expect(health.report().state).toBe('ok');
  });

  it('joins another authority that has taken the place of ours, once its roots are given', async () => {
    let given = trustBundlePem(authority.bundle);
    const cart = identity(
      () => 'token',
      () => given,
    );
    await cart.start();
    await authority.close();
    Object.assign(authority, await newAuthority());
    authority.bundle = { trustDomain, roots: [authority.root.certificate], sequence: 1n };
    await authority.certifyItself();
    await authority.listen();
    given = trustBundlePem(authority.bundle);
    await expect.poll(() => authority.asked, { timeout: 40_000 }).toEqual(['Bearer token', 'Bearer token']);
    await expect.poll(() => cart.current?.roots).toBe(given);
    expect(health.report().state).toBe('ok');
  });

  it('waits for a token that is not there yet', async () => {
    const tokens: string[] = [];
    const cart = identity(() => tokens[0]);
    const started = cart.start();
    await expect.poll(() => health.report().checks[0]?.reason).toContain('no join token yet');
    tokens.push('late\n');
    await started;
    expect(authority.asked).toEqual(['Bearer late']);
  });

  it('gives up on a token file that holds something else', async () => {
    const started = identity(() => 'two words\nand more').start();
    await expect(started).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining('not a join token'),
    });
    expect(authority.asked).toEqual([]);
  });

  it('gives up on a token that is refused', async () => {
    authority.failure = new MallaError('unauthenticated', 'the join token is refused: it expired');
    await expect(identity().start()).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('it expired'),
    });
  });

  it('keeps serving while the authority is away, and rejoins by token after its certificate has ended', async () => {
    authority.ttlMs = 3_000;
    const cart = identity();
    await cart.start();
    await authority.close();
    await expect.poll(() => cart.phase).toBe('renewing');
    expect(cart.current).toBeDefined();
    await expect.poll(() => health.report().state).toBe('degraded');
    await expect.poll(() => health.report().state).toBe('down');
    expect(cart.phase).toBe('expired');
    authority.ttlMs = 3_600_000;
    await authority.listen();
    await expect.poll(() => cart.phase).toBe('ready');
    expect(authority.asked.at(-1)).toBe('Bearer token');
    expect(health.report().state).toBe('ok');
  });

  it('lives on in its folder, without the authority and without a token', async () => {
    const first = identity();
    await first.start();
    await authority.close();
    const second = identity(() => undefined);
    await second.start();
    expect(second.current).toEqual(first.current);
  });

  it('joins anew if what it kept is of another authority', async () => {
    await identity().start();
    await authority.close();
    authority = await new FakeAuthority().open();
    const again = identity(() => 'new');
    await again.start();
    expect(authority.asked).toEqual(['Bearer new']);
    expect(again.bundle?.sequence).toBe(1n);
  });

  it('does not believe an authority that its roots do not lead to', async () => {
    const { root } = await newAuthority();
    const cart = identity(() => 'secret', certificatesPem(root.certificate));
    const started = cart.start();
    await expect.poll(() => health.report().checks[0]?.reason).toContain('no identity yet');
    expect(authority.asked).toEqual([]);
    cart.close();
    await expect(started).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('follows a change of the root in phases, and peers meet in each of them', async () => {
    const cart = identity();
    await cart.start();
    const server = new GrpcServer({ name: 'cart', logger }).add(HealthService, { check: () => ({ status: 1 }) });
    const credentials = cart.serverCredentials('required');
    const port = await server.listen({ host: '127.0.0.1', port: 0, credentials, setting: 'X' });
    const meet = async (): Promise<void> => {
      const channel = openChannel({
        target: { host: '127.0.0.1', port },
        credentials: cart.channelCredentials(cartId),
        options: { 'grpc.use_local_subchannel_pool': 1 },
      });
      await createClient(HealthService, channel).check({});
      channel.close();
    };
    await meet();
    const old = authority.root.certificate;
    const next = await newAuthority();
    authority.publish(addRoot(authority.bundle, next.root.certificate));
    await expect.poll(() => cart.bundle?.sequence).toBe(2n);
    await meet();
    Object.assign(authority, next);
    await authority.certifyItself();
    authority.ttlMs = 1_500;
    // Due at once: the old certificate is replaced by one under the new root.
    const fresh = identity(() => 'again');
    rmSync(join(dir, 'state/identity.pem'));
    await fresh.start();
    const both = openChannel({ target: { host: '127.0.0.1', port }, credentials: fresh.channelCredentials(cartId) });
    await createClient(HealthService, both).check({});
    both.close();
    authority.publish(dropRoot(authority.bundle, old));
    await expect.poll(() => fresh.bundle?.roots.length).toBe(1);
    await server.close(100);
  });

  it('leaves no listeners behind, however often it renews', async () => {
    authority.ttlMs = 600;
    const cart = identity();
    let listeners = 0;
    let most = 0;
    const onChange = cart.onChange.bind(cart);
    cart.onChange = (listener) => {
      most = Math.max(most, ++listeners);
      const stop = onChange(listener);
      return () => {
        listeners--;
        stop();
      };
    };
    await cart.start();
    await expect.poll(() => authority.asked.length).toBeGreaterThanOrEqual(8);
    cart.close();
    await expect.poll(() => listeners).toBe(0);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(8);
  });
});
