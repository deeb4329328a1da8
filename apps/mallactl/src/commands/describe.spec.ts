import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TemporaryFolder, TestPki } from '@malla/testkit';
import { writeFileSync } from 'node:fs';
import { run } from '../run.ts';

const folder = new TemporaryFolder('mallactl-describe-');
let server: https.Server;
let asked: string | undefined;

const origin = (kind: string, name: string) => ({ kind, namespace: 'shop', name });
const effective = {
  kind: 'EffectiveConfiguration',
  workload: { name: 'web', namespace: 'shop', source: 'pod', serviceAccount: 'front', labels: { app: 'web' } },
  revision: 7,
  services: ['web.shop.svc.cluster.local'],
  ports: [
    {
      port: 8080,
      protocol: 'http',
      service: 'web.shop.svc.cluster.local',
      mutualTls: { mode: 'strict', origin: origin('PeerAuthentication', 'all') },
    },
  ],
  otherPorts: { mode: 'permissive' },
  peerAuthentications: [{ origin: origin('PeerAuthentication', 'all'), level: 'namespace' }],
  authorization: {
    deny: [],
    allow: [{ origin: origin('AuthorizationPolicy', 'readers'), level: 'workload', rules: 2 }],
    otherwise: 'deny',
  },
  destinations: [
    { host: 'db', origins: [origin('DestinationRule', 'a'), origin('DestinationRule', 'b')], subsets: ['v1'] },
  ],
  routes: [],
  selecting: [{ origin: origin('Sidecar', 'narrow'), level: 'workload', enforced: false }],
  cuts: [],
  diagnostics: [],
};

beforeAll(async () => {
  const pki = await TestPki.create();
  const { chainPem, keyPem } = await pki.issue('spiffe://cluster.local/ns/malla-system/sa/config-api');
  server = https.createServer({ cert: chainPem, key: keyPem }, (request, response) => {
    asked = request.url;
    const known = asked === '/apis/malla.io/v1/namespaces/shop/workloads/web/effective';
    const body = known ? effective : { kind: 'Status', message: 'no workload', code: 404 };
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  writeFileSync(
    folder.join('kubeconfig'),
    JSON.stringify({
      'current-context': 'a',
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      clusters: [
        {
          name: 'a',
          cluster: {
            server: `https://127.0.0.1:${port}`,
            'certificate-authority-data': Buffer.from(pki.rootPem).toString('base64'),
          },
        },
      ],
      users: [{ name: 'a', user: { token: 'good' } }],
    }),
  );
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  folder[Symbol.dispose]();
});

async function mallactl(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ['', ''];
  const output = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const terminal = {
    ...output,
    env: { HOME: folder.path, KUBECONFIG: folder.join('kubeconfig') },
    cwd: folder.path,
    readStdin: () => Promise.resolve(''),
    now: () => new Date('2026-01-01T00:00:00Z'),
    signal: new AbortController().signal,
  };
  const code = await run(argv, { ...output, terminal: () => Promise.resolve(terminal) });
  return { code, out, err };
}

it('describe workload tells each part with the objects that it comes from', async () => {
  const { code, out } = await mallactl('describe', 'workload', 'web', '-n', 'shop');
  expect(code).toBe(0);
  const lines = out.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' '));
  expect(lines).toEqual(
    expect.arrayContaining([
      'Workload: shop/web (Pod)',
      'Requests that no policy matches: denied',
      '8080 http web.shop.svc.cluster.local STRICT shop/all',
      'others PERMISSIVE <default>',
      'ALLOW shop/readers workload 2',
      'db shop/a, shop/b v1',
      'Sidecar shop/narrow workload not yet',
    ]),
  );
  // What there is nothing of has no heading.
  expect(out).not.toContain('VirtualServices');
});

it('describe workload gives the whole answer as JSON, and says what is not there', async () => {
  const { out } = await mallactl('describe', 'pod', 'web', '-n', 'shop', '-o', 'json');
  expect(JSON.parse(out)).toEqual(effective);
  const missing = await mallactl('describe', 'workload', 'no/body', '-n', 'shop');
  expect([missing.code, asked]).toEqual([1, '/apis/malla.io/v1/namespaces/shop/workloads/no%2Fbody/effective']);
  expect(missing.err).toContain('no workload');
});
