import { readFileSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { TemporaryFolder, TestPki } from '@malla/testkit';
import { run } from './run.ts';

type Route = (
  url: URL,
  body: { readonly namespace?: string; readonly serviceAccount?: string; readonly ttlSeconds?: number },
) => object;

/** A server of fixed answers by path, over real HTTPS, for a bearer of the token `good`. */
class FakeServer {
  readonly routes: Record<string, Route> = {};
  readonly requests: string[] = [];
  readonly #server: https.Server;

  constructor(certificate: { chainPem: string; keyPem: string }) {
    this.#server = https.createServer({ cert: certificate.chainPem, key: certificate.keyPem }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const url = new URL(request.url ?? '', 'https://x');
        this.requests.push(url.pathname);
        const status = (code: number, message: string) => send(response, code, { kind: 'Status', message, code });
        if (request.headers.authorization !== 'Bearer good') return status(401, 'unauthorized');
        const route = this.routes[url.pathname];
        if (route === undefined) return status(404, `${url.pathname} not found`);
        send(response, 200, route(url, JSON.parse(Buffer.concat(chunks).toString() || '{}') as object));
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #proxies: readonly object[] = [];

  /** Answers with these proxies from now on. */
  set proxies(items: readonly object[]) {
    this.#proxies = items;
    this.routes['/apis/malla.io/v1/proxies'] = () => ({ items });
  }

  get proxies(): readonly object[] {
    return this.#proxies;
  }
}

function send(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** A list of objects of these names. */
function namesList(...names: readonly string[]): Route {
  return () => ({ items: names.map((name) => ({ metadata: { name } })) });
}

const folder = new TemporaryFolder('mallactl-');
let pki: TestPki;
let api: FakeServer;
let kubeconfig: string;
let server: string;

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const plain = (text: string) => text.replaceAll(/\u001b\[\d+m/g, '');

async function mallactl(
  argv: readonly string[],
  options: { stdin?: string; env?: Record<string, string>; signal?: AbortSignal; onOut?: (text: string) => void } = {},
): Promise<Ran> {
  let [out, err] = ['', ''];
  const output = {
    out: (text: string) => {
      out += text;
      options.onOut?.(out);
    },
    err: (text: string) => void (err += text),
  };
  const terminal = {
    ...output,
    env: { HOME: folder.path, KUBECONFIG: kubeconfig, ...options.env },
    cwd: folder.path,
    readStdin: () => Promise.resolve(options.stdin ?? ''),
    now: () => new Date('2026-01-01T00:00:00Z'),
    signal: options.signal ?? new AbortController().signal,
  };
  const code = await run(argv, { ...output, terminal: () => Promise.resolve(terminal) });
  return { code, out: plain(out), err: plain(err) };
}

const file = (name: string, text: string) => {
  writeFileSync(folder.join(name), text);
  return name;
};

const service = (name: string, port = 80, namespace?: string) => `apiVersion: v1
kind: Service
metadata:
  name: ${name}
${namespace === undefined ? '' : `  namespace: ${namespace}\n`}spec:
  ports:
    - name: http
      port: ${port}
`;

beforeAll(async () => {
  pki = await TestPki.create();
});

beforeEach(async () => {
  api?.close();
  api = new FakeServer(await pki.issue('spiffe://cluster.local/ns/malla-system/sa/config-api'));
  server = await api.listen();
  api.routes['/version'] = () => ({ gitVersion: 'v1.32.0+malla-9.9.9' });
  api.routes['/api/v1/namespaces'] = namesList('default');
  api.routes['/api/v1/namespaces/default/services'] = namesList('reviews');
  api.routes['/apis/malla.io/v1/tokens'] = (_url, body) => ({
    token: 'jwt',
    expiresAt: '2026-01-01T01:00:00Z',
    spiffeId: `spiffe://cluster.local/ns/${body.namespace}/sa/${body.serviceAccount}`,
    ttlSeconds: body.ttlSeconds,
  });
  kubeconfig = folder.join('kubeconfig');
  const ca = Buffer.from(pki.rootPem).toString('base64');
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      'current-context': 'malla',
      clusters: [
        { name: 'malla', cluster: { server, 'certificate-authority-data': ca } },
        { name: 'blind', cluster: { server } },
      ],
      users: [
        { name: 'admin', user: { token: 'good' } },
        { name: 'nobody', user: {} },
      ],
      contexts: [
        { name: 'malla', context: { cluster: 'malla', user: 'admin', namespace: 'default' } },
        { name: 'nobody', context: { cluster: 'malla', user: 'nobody' } },
        { name: 'blind', context: { cluster: 'blind', user: 'admin' } },
      ],
    }),
  );
});

afterAll(() => {
  api?.close();
  folder[Symbol.dispose]();
});

describe('proxies', () => {
  const url = (name: string) => `type.googleapis.com/${name}`;
  const proxy = (id: string, more: object = {}) => ({
    id,
    namespace: 'bookinfo',
    type: 'sidecar',
    cluster: 'c',
    version: '0.1.0',
    dataPlane: 'envoy',
    connectedSince: 't',
    revision: '7',
    types: {},
    ...more,
  });

  it('have a line each: synced, stale, refused, or nothing sent', async () => {
    const sent = { version: 'b', nonce: 'n', time: 't' };
    api.proxies = [
      proxy('reviews-v1.bookinfo', {
        types: {
          [url('envoy.config.cluster.v3.Cluster')]: { sent, acked: { version: 'b', time: 't' } },
          [url('envoy.config.listener.v3.Listener')]: {
            sent,
            acked: { version: 'a', time: 't' },
            nacked: { message: 'bad listener', time: 'u' },
          },
          [url('envoy.config.route.v3.RouteConfiguration')]: { sent },
        },
      }),
    ];
    const ran = await mallactl(['proxy-status']);
    expect(ran.out.split('\n').map((l) => l.split(/ {3,}/))).toEqual([
      ['NAME', 'CLUSTER', 'CDS', 'LDS', 'EDS', 'RDS', 'VERSION'],
      ['reviews-v1.bookinfo', 'c', 'SYNCED', 'ERROR', 'NOT SENT', 'STALE', '0.1.0'],
      ['refused reviews-v1.bookinfo LDS since u: bad listener'],
      [''],
    ]);
    api.proxies = [
      proxy('resumed.bookinfo', {
        types: {
          [url('envoy.config.cluster.v3.Cluster')]: { acked: { version: 'b', time: 't' } },
          [url('envoy.config.route.v3.RouteConfiguration')]: { acked: { version: '0000000000000000', time: 't' } },
        },
      }),
      ...api.proxies,
    ];
    expect((await mallactl(['proxy-status'])).out).toMatch(
      /^resumed\.bookinfo +c +SYNCED +NOT SENT +NOT SENT +NOT SENT /m,
    );
    api.proxies = api.proxies.slice(1);
    expect(JSON.parse((await mallactl(['ps', '-o', 'json'])).out)).toEqual({ items: api.proxies });
    expect((await mallactl(['ps', 'reviews-v1'])).out).toContain('TYPE   STATE');
    expect((await mallactl(['ps', 'ghost'])).err).toContain('connected are reviews-v1.bookinfo');
  });

  it('show their configuration live, by name, and from files', async () => {
    const dump = {
      configs: [
        {
          '@type': url('envoy.admin.v3.ClustersConfigDump'),
          dynamic_active_clusters: [{ cluster: { name: 'outbound|9080|v1|reviews.x', type: 'EDS' } }],
        },
      ],
    };
    const clusters = {
      cluster_statuses: [
        { name: 'a', host_statuses: [{ address: { socket_address: { address: '10.0.0.1', port_value: 80 } } }] },
      ],
    };
    const admin = http.createServer((request, response) =>
      send(response, 200, request.url?.startsWith('/clusters') ? clusters : dump),
    );
    await new Promise<void>((resolve) => admin.listen(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(admin.address() as AddressInfo).port}`;
    api.proxies = [
      proxy('reviews-v1.bookinfo', { admin: address }),
      proxy('far.bookinfo', { admin: '192.0.2.1:15000' }),
    ];
    const table =
      'SERVICE FQDN     PORT     SUBSET     DIRECTION     TYPE     DESTINATION RULE\nreviews.x        9080     v1         outbound      EDS\n';
    expect((await mallactl(['proxy-config', 'cluster', 'reviews-v1'])).out).toBe(table);
    expect((await mallactl(['pc', 'c', '--admin', address])).out).toBe(table);
    expect((await mallactl(['pc', 'ep', '--admin', address])).out).toContain(
      '10.0.0.1:80     HEALTHY     OK                a',
    );
    expect((await mallactl(['pc', 'all', '--admin', address])).code).toBe(0);
    file('dump.json', JSON.stringify(dump));
    expect((await mallactl(['pc', 'cluster', '-f', 'dump.json'])).out).toBe(table);
    expect(
      JSON.parse((await mallactl(['pc', 'cluster', '-f', 'dump.json', '-o', 'json', '--port', '9080'])).out),
    ).toHaveLength(1);
    expect((await mallactl(['pc', 'cluster', 'far'])).err).toContain('is on another machine (192.0.2.1)');
    expect((await mallactl(['pc', 'cluster'])).code).toBe(64);
    await new Promise((resolve) => admin.close(resolve));
    expect(await mallactl(['pc', 'cluster', '--admin', address])).toMatchObject({ code: 69 });
    file('other.json', '{}');
    expect((await mallactl(['pc', 'cluster', '-f', 'other.json'])).err).toContain(
      'other.json: not a config dump of Envoy',
    );
  });

  it('join with tokens, printed alone', async () => {
    const ran = await mallactl(['token', 'create', '-n', 'bookinfo', '--service-account', 'reviews', '--ttl', '90m']);
    expect(ran).toMatchObject({ code: 0, out: 'jwt\n' });
    expect(ran.err).toContain('spiffe://cluster.local/ns/bookinfo/sa/reviews');
    expect(
      JSON.parse((await mallactl(['token', 'create', '--service-account', 'a', '--ttl', '90m', '-o', 'json'])).out),
    ).toMatchObject({ ttlSeconds: 5400 });
    expect((await mallactl(['token', 'create', '--service-account', 'a', '--ttl', 'soon'])).code).toBe(64);
  });
});

describe('versions, validation and help', () => {
  it('tells versions with and without a server', async () => {
    api.proxies = [
      { version: '0.1.0', dataPlane: 'envoy' },
      { version: '0.1.0', dataPlane: 'envoy' },
    ];
    expect((await mallactl(['version'])).out).toBe(
      'client version: 0.1.0\ncontrol plane version: 9.9.9\ndata plane version: 0.1.0 envoy (2 proxies)\n',
    );
    const nowhere = { env: { KUBECONFIG: folder.join('none') } };
    expect(await mallactl(['version'], nowhere)).toMatchObject({ code: 0, out: 'client version: 0.1.0\n', err: '' });
    expect((await mallactl(['version', '--remote'], nowhere)).code).toBe(64);
  });

  it('validates files without a server', async () => {
    file('good.yaml', service('reviews'));
    file('odd.yaml', 'apiVersion: v1\nkind: Deployment\nmetadata: {name: x}\n');
    expect(await mallactl(['validate', '-f', 'good.yaml'])).toMatchObject({ code: 0, out: '"good.yaml" is valid\n' });
    const ran = await mallactl(['validate', '-f', 'good.yaml', '-f', 'odd.yaml']);
    expect(ran).toMatchObject({ code: 65, out: '"good.yaml" is valid\n' });
    expect(ran.err).toContain('odd.yaml:1:1: error MAL0013 apiVersion: "v1" is not served for Deployment');
    expect(api.requests).toEqual([]);
  });

  it('passes over kinds of other platforms when it validates, and tells so', async () => {
    file('others.yaml', 'apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: x}\n');
    file('unknown.yaml', 'apiVersion: networking.istio.io/v1\nkind: Route\nmetadata: {name: x}\n');
    const ran = await mallactl(['validate', '-f', 'others.yaml']);
    expect(ran).toMatchObject({ code: 0, out: '"others.yaml" is valid\n' });
    expect(ran.err).toContain('note: others.yaml:2: passed over: "Certificate" is not a known kind');
    expect((await mallactl(['validate', '-f', 'unknown.yaml'])).code).toBe(65);
  });

  it('has help for everything and a code for wrong use', async () => {
    expect(await mallactl(['--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('proxy-status') as string,
    });
    expect((await mallactl(['aply'])).err).toContain('Did you mean apply?');
    expect((await mallactl(['get', 'svc', '-o', 'xml'])).code).toBe(64);
    expect((await mallactl([])).code).toBe(64);
  });
});

describe('the server', () => {
  it('is reported when it is away, not trusted, or does not trust us', async () => {
    expect(await mallactl(['get', 'svc', '--server', 'https://127.0.0.1:1'])).toMatchObject({
      code: 69,
      err: expect.stringContaining('nothing listens there') as string,
    });
    expect(await mallactl(['get', 'svc', '--context', 'blind'])).toMatchObject({
      code: 69,
      err: expect.stringContaining('not from the CA of the kubeconfig') as string,
    });
    expect(await mallactl(['get', 'svc', '--context', 'nobody'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('unauthorized; pass --token') as string,
    });
    expect((await mallactl(['get', 'svc', '--context', 'nobody', '--token', 'good'])).code).toBe(0);
    expect(await mallactl(['get', 'svc', '--server', 'http://127.0.0.1:1'])).toMatchObject({
      code: 65,
      err: expect.stringContaining('only https') as string,
    });
    expect((await mallactl(['get', 'svc', '--context', 'none'])).err).toContain('it has malla, nobody, blind');
  });

  it('is kept in contexts, in a file for its owner alone', async () => {
    const own = ['-c', 'own/config'];
    writeFileSync(folder.join('ca.pem'), pki.rootPem);
    expect(
      (await mallactl(['context', 'add', 'home', ...own, '--server', server, '--token', 'good', '--ca-file', 'ca.pem']))
        .code,
    ).toBe(0);
    expect(statSync(folder.join('own/config')).mode & 0o777).toBe(0o600);
    expect((await mallactl(['get', 'ns', ...own, '--no-headers'])).out).toBe('default\n');
    expect((await mallactl(['context', 'add', 'other', ...own, '--server', server, '-n', 'shop'])).code).toBe(0);
    expect(
      (await mallactl(['context', 'list', ...own])).out
        .split('\n')
        .slice(1, 3)
        .map((l) => l.split(/ {2,}/)),
    ).toEqual([
      ['*', 'home', server, 'default'],
      ['', 'other', server, 'shop'],
    ]);
    expect((await mallactl(['context', 'use', 'other', ...own])).code).toBe(0);
    expect(parse(readFileSync(folder.join('own/config'), 'utf8'))).toMatchObject({
      'current-context': 'other',
      kind: 'Config',
    });
    expect((await mallactl(['context', 'use', 'nope', ...own])).err).toContain('there are home, other');
  });
});

describe('completion', () => {
  it('has a script per shell', async () => {
    for (const shell of ['bash', 'zsh', 'fish'])
      expect((await mallactl(['completion', shell])).out).toContain('mallactl __complete');
    expect((await mallactl(['completion', 'tcsh'])).code).toBe(64);
  });

  it('knows commands, options, values and live names', async () => {
    api.proxies = [{ id: 'reviews-v1.bookinfo' }];
    const words = async (...line: string[]) => (await mallactl(['__complete', ...line])).out.trim().split('\n');
    expect(await words('pro')).toEqual(['proxy-config', 'proxy-status']);
    expect(await words('get', 'virt')).toEqual(['virtualservices']);
    expect(await words('get', 'svc', '')).toEqual(['reviews']);
    expect(await words('get', 'svc', '-n', '')).toEqual(['default']);
    expect(await words('get', 'svc', '-o', 'j')).toEqual(['json']);
    expect(await words('get', 'svc', '--sel')).toEqual(['--selector']);
    expect(await words('pc', 'cluster', 're')).toEqual(['reviews-v1.bookinfo']);
    expect(await words('get', 'svc', '--server', 'https://127.0.0.1:1', '')).toEqual(['']);
  });
});
