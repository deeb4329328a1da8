import { anonymousChannelCredentials, createClient, GrpcServer, HealthService, openChannel } from '@malla/grpc';
import { TrustBundleService } from '@malla/protos/gen/malla/ca/v1/ca_pb';
import { controlPlaneId } from '@malla/spiffe';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cartId, silent, TestAuthority, webId } from '../test/running-authority.ts';

let authority: TestAuthority;

beforeEach(async () => {
  authority = await TestAuthority.create();
});

afterEach(() => authority.close());

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A service that tells who calls it, and streams until it is told to stop. */
function cartService(seen: Set<string | undefined>): GrpcServer {
  return new GrpcServer({ name: 'cart', logger: silent }).add(HealthService, {
    check: (_request, call) => (seen.add(call.peer), { status: 1 }),
    async watch(_request, stream) {
      for (let status = 0; !stream.signal.aborted; status = 1 - status) {
        stream.send({ status });
        await pause(50);
      }
    },
  });
}

describe('identities', () => {
  it('renew by their own certificates, under both ends of a stream that goes on', async () => {
    await authority.start({ MALLA_WORKLOAD_CERT_TTL: '10s', MALLA_ISSUER_TTL: '20s' });
    const cart = authority.identity(cartId, await authority.joinToken('cart'));
    const web = authority.identity(webId, await authority.joinToken('web'));
    await Promise.all([cart.start(), web.start()]);
    const seen = new Set<string | undefined>();
    const server = cartService(seen);
    const credentials = cart.serverCredentials('required');
    const port = await server.listen({ host: '127.0.0.1', port: 0, credentials, setting: 'X' });
    authority.later(() => server.close(500));
    const renewed = { cart: 0, web: 0 };
    cart.onChange(() => renewed.cart++);
    web.onChange(() => renewed.web++);
    const stream = createClient(HealthService, authority.channel(web, { port, id: cartId })).watch({});
    let messages = 0;
    let broken: unknown;
    const reading = (async () => {
      for await (const _message of stream) messages++;
    })().catch((error: unknown) => (broken = error));
    // New connections all the while, each with what is then the newest certificate.
    const done = (): boolean =>
      Math.min(renewed.cart, renewed.web) >= 2 && authority.logged('Issuer replaced').length > 0;
    const deadline = Date.now() + 25_000;
    while (!done() && Date.now() < deadline) {
      const fresh = openChannel({
        target: { host: '127.0.0.1', port },
        credentials: web.channelCredentials(cartId),
        options: { 'grpc.use_local_subchannel_pool': 1 },
      });
      await createClient(HealthService, fresh).check({});
      fresh.close();
      await pause(50);
    }
    expect(renewed.cart).toBeGreaterThanOrEqual(2);
    expect(renewed.web).toBeGreaterThanOrEqual(2);
    expect(seen).toEqual(new Set([webId]));
    expect(broken).toBeUndefined();
    expect(messages).toBeGreaterThan(20);
    expect(authority.logged('Issuer replaced').length).toBeGreaterThanOrEqual(1);
    expect(
      authority.logged('Certificate issued').filter(({ by }) => by === 'certificate').length,
    ).toBeGreaterThanOrEqual(4);
    stream.cancel();
    await reading;
  });

  it('need no token after the first time, and outlive a restart of the authority with the same root', async () => {
    await authority.start();
    const before = authority.roots();
    await authority.identity(cartId, await authority.joinToken('cart')).start();
    await authority.stop();
    await authority.start();
    expect(authority.roots()).toBe(before);
    const again = authority.identity(cartId, undefined);
    await again.start();
    expect(again.phase).toBe('ready');
    const bundles = createClient(TrustBundleService, authority.channel(again));
    await expect(bundles.getTrustBundle({})).resolves.toMatchObject({ trustDomain: 'cluster.local', sequence: 1n });
  });

  it('wait for an authority that starts later', async () => {
    const id = controlPlaneId('discovery', 'cluster.local');
    const waiting = authority.identity(id, undefined);
    await expect(Promise.race([waiting.start(), pause(300).then(() => 'waits')])).resolves.toBe('waits');
    expect(waiting.phase).toBe('starting');
    await authority.start();
    const lateToken = authority.identity(id, authority.bootstrapToken('discovery'));
    await lateToken.start();
    expect(lateToken.current?.spiffeId).toBe(id);
  });

  it('say at once that a token is refused, or is of another', async () => {
    await authority.start();
    await expect(authority.identity(cartId, 'nonsense').start()).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('refused this process'),
    });
    const token = await authority.joinToken('web');
    await expect(authority.identity(cartId, token).start()).rejects.toThrow('web');
  });

  it('refuse servers and clients that are not who they should be', async () => {
    await authority.start();
    const cart = authority.identity(cartId, await authority.joinToken('cart'));
    const web = authority.identity(webId, await authority.joinToken('web'));
    await Promise.all([cart.start(), web.start()]);
    const server = cartService(new Set());
    const credentials = cart.serverCredentials('required');
    const port = await server.listen({ host: '127.0.0.1', port: 0, credentials, setting: 'X' });
    authority.later(() => server.close(500));
    const bank = authority.channel(web, { port, id: 'spiffe://cluster.local/ns/shop/sa/bank' });
    await expect(createClient(HealthService, bank).check({})).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(`is ${cartId}, not`),
    });
    const nobody = openChannel({
      target: { host: '127.0.0.1', port },
      credentials: anonymousChannelCredentials(authority.roots(), [cartId]),
    });
    authority.later(() => nobody.close());
    await expect(createClient(HealthService, nobody).check({})).rejects.toMatchObject({ code: 'unavailable' });
    const good = createClient(HealthService, authority.channel(web, { port, id: cartId }));
    await expect(good.check({})).resolves.toMatchObject({ status: 1 });
  });
});
