import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { TemporaryFolder, TestPki } from '@malla/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GlobalOptions } from '../options.ts';
import { keepTokens } from './keep-tokens.ts';

let folder: TemporaryFolder;
beforeEach(() => {
  folder = new TemporaryFolder();
});
afterEach(() => folder[Symbol.dispose]());

function keep(args: readonly string[], options: GlobalOptions & { retry?: string } = {}) {
  const interrupt = new AbortController();
  let err = '';
  const terminal = {
    out: () => undefined,
    err: (text: string) => void (err += text),
    env: { HOME: folder.path },
    cwd: folder.path,
    readStdin: () => Promise.resolve(''),
    now: () => new Date('2026-01-01T00:00:00Z'),
    signal: interrupt.signal,
  };
  const done = keepTokens({ args, options, terminal });
  return { done, interrupt: () => interrupt.abort(), said: () => err };
}

/** A config API that makes nothing but tokens, each with two seconds to live by the terminal's clock. */
async function tokenServer() {
  const pki = await TestPki.create();
  const { chainPem, keyPem } = await pki.issue('spiffe://cluster.local/ns/malla-system/sa/config-api');
  let made = 0;
  const server = https.createServer({ cert: chainPem, key: keyPem }, (request, response) => {
    request.resume();
    request.on('end', () => {
      made += 1;
      response.writeHead(201, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ token: `token-${made}`, expiresAt: '2026-01-01T00:00:02Z', spiffeId: 'x' }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cluster = {
    server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    'certificate-authority-data': Buffer.from(pki.rootPem).toString('base64'),
  };
  const kubeconfig = {
    'current-context': 'test',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user: { token: 'x' } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  };
  writeFileSync(folder.join('kubeconfig'), JSON.stringify(kubeconfig));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { options: { kubeconfig: folder.join('kubeconfig') }, made: () => made, close };
}

describe('token keep', () => {
  it('replaces each token at half of its life, and lets the group read it', async () => {
    const server = await tokenServer();
    try {
      const kept = keep(['bookinfo/reviews=reviews.token', 'bookinfo/ratings=ratings.token'], server.options);
      await expect.poll(server.made).toBeGreaterThanOrEqual(4);
      kept.interrupt();
      await kept.done;
      const numberIn = (name: string) => Number(/^token-(\d+)\n$/.exec(readFileSync(folder.join(name), 'utf8'))?.[1]);
      expect(numberIn('reviews.token')).toBeGreaterThan(2);
      expect(numberIn('ratings.token')).toBeGreaterThanOrEqual(2);
      expect(statSync(folder.join('reviews.token')).mode & 0o777).toBe(0o640);
    } finally {
      server.close();
    }
  });

  it('ends when a file cannot be written', async () => {
    const server = await tokenServer();
    try {
      const { done } = keep(['bookinfo/reviews=missing/reviews.token'], server.options);
      await expect(done).rejects.toThrow('missing/reviews.token cannot be written');
    } finally {
      server.close();
    }
  });

  it('waits for the server as long as it takes, and says so once', async () => {
    const kept = keep(['bookinfo/reviews=reviews.token'], { server: 'https://127.0.0.1:1', token: 'x', retry: '1s' });
    await expect.poll(kept.said).toContain('trying again');
    kept.interrupt();
    await kept.done;
    expect(kept.said().match(/trying again/g)).toHaveLength(1);
    expect(existsSync(folder.join('reviews.token'))).toBe(false);
  });

  it.each(['reviews=a.token', 'a/b/c=a.token', 'bookinfo/reviews'])('refuses %s', async (argument) => {
    await expect(keep([argument]).done).rejects.toThrow('NAMESPACE/SERVICEACCOUNT=FILE');
  });
});
