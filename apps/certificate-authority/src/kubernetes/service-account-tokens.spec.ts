import type { ReviewedToken } from '@malla/kube';
import { SignJWT } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { ServiceAccountTokens } from './service-account-tokens.ts';

const cart: ReviewedToken = {
  username: 'system:serviceaccount:shop:cart',
  uid: 'u',
  groups: [],
  extra: { 'authentication.kubernetes.io/pod-name': ['cart-1'] },
};

describe('tokens of service accounts', () => {
  let now: number;
  let reviews: number;
  let answer: () => Promise<ReviewedToken>;
  let tokens: ServiceAccountTokens;

  beforeEach(() => {
    now = 1_000_000_000_000;
    reviews = 0;
    answer = () => Promise.resolve(cart);
    tokens = new ServiceAccountTokens({
      review: () => {
        reviews++;
        return answer();
      },
      trustDomain: 'cluster.local',
      perMinute: 3,
      onState: () => undefined,
      now: () => now,
    });
  });

  const token = (n: number, seconds = 3_600): Promise<string> =>
    new SignJWT({ n })
      .setProtectedHeader({ alg: 'HS256' })
      .setAudience('istio-ca')
      .setExpirationTime(now / 1_000 + seconds)
      .sign(new Uint8Array(32));

  it('hold for seconds, and never beyond their end', async () => {
    const [long, short] = [await token(1), await token(2, 5)];
    for (const each of [long, short, long, short]) await tokens.verify(each, '10.0.0.1:1');
    expect(reviews).toBe(2);
    now += 6_000;
    await tokens.verify(long, '10.0.0.1:1');
    await expect(tokens.verify(short, '10.0.0.1:1')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(reviews).toBe(2);
    now += 6_000;
    await tokens.verify(long, '10.0.0.1:1');
    expect(reviews).toBe(3);
  });

  it('are bounded for each address, whatever its ports are', async () => {
    for (const n of [1, 2, 3]) await tokens.verify(await token(n), `10.0.0.1:${n}`);
    await expect(tokens.verify(await token(4), '10.0.0.1:4')).rejects.toMatchObject({ code: 'exhausted' });
    await expect(tokens.verify(await token(4), '10.0.0.2:4')).resolves.toContain('/sa/cart');
    now += 30_000;
    await expect(tokens.verify(await token(5), '10.0.0.1:5')).resolves.toContain('/sa/cart');
  });

  it('are checked so many at a time', async () => {
    const open: (() => void)[] = [];
    answer = () => new Promise((resolve) => open.push(() => resolve(cart)));
    const running: Promise<string>[] = [];
    for (let n = 0; n < 50; n++) running.push(tokens.verify(await token(n), `10.0.1.${n}:1`));
    await expect(tokens.verify(await token(99), '10.0.2.1:1')).rejects.toMatchObject({ code: 'exhausted' });
    for (const each of open) each();
    expect(await Promise.all(running)).toHaveLength(50);
    answer = () => Promise.resolve(cart);
    await expect(tokens.verify(await token(99), '10.0.2.1:1')).resolves.toContain('/sa/cart');
  });
});
