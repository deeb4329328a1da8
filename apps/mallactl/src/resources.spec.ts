import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Resource } from '@malla/model';
import { TemporaryFolder, TestPki } from '@malla/testkit';
import { FakeConfigApi, failure } from '../test/fake-config-api.ts';
import { run } from './run.ts';

const folder = new TemporaryFolder('mallactl-');
let pki: TestPki;
let api: FakeConfigApi;
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
  api = new FakeConfigApi(await pki.issue('spiffe://cluster.local/ns/malla-system/sa/config-api'));
  server = await api.listen();
  api.objects.set('Namespace//default', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'default', resourceVersion: '0' },
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

describe('apply', () => {
  it('creates, then configures, then finds everything unchanged', async () => {
    file('a.yaml', `${service('reviews')}---\n${service('ratings')}`);
    expect(await mallactl(['apply', '-f', 'a.yaml'])).toMatchObject({
      code: 0,
      out: 'service/reviews created\nservice/ratings created\n',
    });
    file('a.yaml', `${service('reviews', 81)}---\n${service('ratings')}`);
    expect((await mallactl(['apply', '-f', 'a.yaml'])).out).toBe(
      'service/reviews configured\nservice/ratings unchanged\n',
    );
    expect((await mallactl(['apply', '-f', '-', '-o', 'name'], { stdin: service('reviews', 81) })).out).toBe(
      'service/reviews\n',
    );
  });

  it('applies nothing when any document is invalid, and says where', async () => {
    file('bad.yaml', `${service('reviews')}---\n${service('ratings').replace('port:', 'prt:')}---\nkind: [\n`);
    const ran = await mallactl(['apply', '-f', 'bad.yaml']);
    expect(ran).toMatchObject({ code: 65, out: '' });
    expect(ran.err).toContain(
      'bad.yaml:17:7: error MAL0021 spec.ports[0].prt: is not a field of Service; did you mean "port"?',
    );
    expect(ran.err).toContain('nothing was applied');
    expect(api.requests).toEqual([]);
  });

  it('asks the server about everything before it writes anything', async () => {
    file('a.yaml', `${service('reviews')}---\n${service('ratings')}`);
    const causes = [{ field: 'spec.ports[0].port', message: 'is taken' }];
    api.refuse = {
      name: 'ratings',
      status: 422,
      body: failure('Invalid', 'Service "ratings" is invalid', 422, causes),
    };
    const ran = await mallactl(['apply', '-f', 'a.yaml']);
    expect(ran).toMatchObject({ code: 65, out: '' });
    expect(ran.err).toContain('a.yaml:17:7: error service/ratings: spec.ports[0].port: is taken');
    expect(ran.err).toContain('the server refused 1 of 2; nothing was applied');
    expect(api.objects.size).toBe(1);
  });

  it('brings a namespace with what is inside, namespaces and what others refer to first', async () => {
    const route = `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: r, namespace: shop}\nspec: {hosts: [reviews], http: [{route: [{destination: {host: reviews}}]}]}\n`;
    const gateway = `apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: g, namespace: shop}\nspec: {servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}\n`;
    file(
      'shop.yaml',
      `${gateway}---\n${route}---\n${service('reviews', 80, 'shop')}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n`,
    );
    const ran = await mallactl(['apply', '-f', 'shop.yaml']);
    expect(ran.code).toBe(0);
    expect(ran.out.split('\n')).toEqual([
      'namespace/shop created',
      'service/reviews created',
      'gateway.networking.istio.io/g created',
      'virtualservice.networking.istio.io/r created',
      '',
    ]);
  });

  it('writes nothing in a dry run, here or on the server', async () => {
    file('a.yaml', service('reviews'));
    expect((await mallactl(['apply', '-f', 'a.yaml', '--dry-run=client'])).out).toBe(
      'service/reviews configured (dry run)\n',
    );
    expect(api.requests).toEqual([]);
    const ran = await mallactl(['apply', '-f', 'a.yaml', '--dry-run=server']);
    expect(ran.out).toBe('service/reviews created (server dry run)\n');
    expect(ran.err).toContain('a.yaml:1:1: warning reviews looks odd, "really"');
    expect(api.objects.size).toBe(1);
  });

  it('says a warning once, though the server finds it too', async () => {
    const rule = (prefix: string) =>
      `    - { match: [{ uri: { prefix: ${prefix} } }], route: [{ destination: { host: reviews } }] }`;
    const head =
      'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: r }\nspec:\n  hosts: [reviews]\n  http:\n';
    file('a.yaml', `${head}${rule('/')}\n${rule('/x')}\n`);
    const text =
      'spec.http[1]: is never used: http[0].match[0] takes all its traffic; reorder the rules, or remove this one';
    api.warning = `${text} (IST0130)`;
    const ran = await mallactl(['apply', '-f', 'a.yaml']);
    expect(ran.code).toBe(0);
    expect(ran.err).toBe(`a.yaml:8:7: warning IST0130 ${text}\n`);
  });

  it('waits until every proxy has acknowledged, on demand', async () => {
    const proxy = (id: string, revision: string, types = {}) => ({ id, namespace: 'default', revision, types });
    const stdin = service('reviews');
    let asked = 0;
    api.proxies = () => [proxy('a.default', '5'), proxy('b.default', ++asked < 3 ? '0' : '1')];
    const ran = await mallactl(['apply', '-f', '-', '--wait'], { stdin });
    expect(ran).toMatchObject({ code: 0, out: 'service/reviews created\n' });
    expect(ran.err).toContain('1 of 2 proxies have acknowledged revision 1\n2 of 2 proxies');
    api.proxies = () => [proxy('a.default', '0')];
    expect(await mallactl(['apply', '-f', '-', '--wait', '300ms'], { stdin })).toMatchObject({
      code: 69,
      err: expect.stringContaining('not acknowledged in time by a.default') as string,
    });
    api.proxies = () => [proxy('a.default', '1', { x: { nacked: { message: 'no such thing', time: 't' } } })];
    expect((await mallactl(['apply', '-f', '-', '--wait'], { stdin })).err).toContain(
      'a.default refused it: no such thing',
    );
    expect((await mallactl(['apply', '-f', '-', '--wait', 'long'], { stdin })).code).toBe(64);
  });

  it('refuses one object twice, and another namespace than --namespace', async () => {
    file('a.yaml', `${service('reviews')}---\n${service('reviews')}`);
    const twice = await mallactl(['apply', '-f', 'a.yaml']);
    expect(twice.code).toBe(65);
    expect(twice.err).toContain('Service reviews was already given at a.yaml:4');
    file('b.yaml', service('reviews', 80, 'shop'));
    expect((await mallactl(['apply', '-f', 'b.yaml', '-n', 'other'])).err).toContain(
      'b.yaml:5:3: error IST0106 metadata.namespace: is shop, but --namespace is other',
    );
  });

  it('reads folders, and says when there is nothing to read', async () => {
    mkdirSync(folder.join('dir/inner'), { recursive: true });
    file('dir/a.yaml', service('reviews'));
    file('dir/inner/b.yml', service('ratings'));
    file('dir/notes.txt', 'not yaml');
    expect((await mallactl(['apply', '-f', 'dir'])).out).toBe('service/reviews created\n');
    expect((await mallactl(['apply', '-f', 'dir', '-R'])).out).toBe(
      'service/reviews unchanged\nservice/ratings created\n',
    );
    expect(await mallactl(['apply', '-f', 'nowhere.yaml'])).toMatchObject({
      code: 65,
      err: 'error: nowhere.yaml: no such file or folder\n',
    });
    expect((await mallactl(['apply', '-f', '-'], { stdin: '# empty' })).err).toContain('no resources in there');
    expect((await mallactl(['apply'])).code).toBe(64);
  });
});

describe('get', () => {
  beforeEach(async () => {
    file(
      'all.yaml',
      `apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n${service('reviews')}---\n${service('ratings', 80, 'shop')}`,
    );
    expect((await mallactl(['apply', '-f', 'all.yaml'])).code).toBe(0);
  });

  it('shows tables of the server, of one namespace or all, with and without less important columns', async () => {
    expect((await mallactl(['get', 'svc'])).out).toBe('NAME      AGE\nreviews   5m\n');
    expect((await mallactl(['get', 'services', '-A', '-o', 'wide'])).out).toBe(
      'NAMESPACE   NAME      AGE   SELECTOR\ndefault     reviews   5m    app=x\nshop        ratings   5m    app=x\n',
    );
    expect((await mallactl(['get', 'svc', '-n', 'shop', '--no-headers'])).out).toBe('ratings   5m\n');
    expect((await mallactl(['get', 'ns,svc', '--no-headers'])).out).toContain('service/reviews   5m');
  });

  it('prints JSON, YAML and names', async () => {
    const list = JSON.parse((await mallactl(['get', 'svc', '-o', 'json'])).out) as { kind: string; items: Resource[] };
    expect(list).toMatchObject({ kind: 'List', items: [{ kind: 'Service', metadata: { name: 'reviews' } }] });
    expect(parse((await mallactl(['get', 'svc', 'reviews', '-o', 'yaml'])).out)).toMatchObject({ kind: 'Service' });
    expect((await mallactl(['get', 'svc/reviews', '-o', 'name'])).out).toBe('service/reviews\n');
    expect(JSON.parse((await mallactl(['get', 'vs', '-o', 'json'])).out)).toMatchObject({ items: [] });
  });

  it('says what is missing and where to look', async () => {
    const ran = await mallactl(['get', 'svc', 'reviews', 'nope']);
    expect(ran).toMatchObject({ code: 1, out: 'NAME      AGE\nreviews   5m\n' });
    expect(ran.err).toBe(
      'error: services "nope" not found in namespace default; mallactl get services lists what is there\n',
    );
    expect((await mallactl(['get', 'dr'])).err).toBe('no resources found in namespace default\n');
    expect(await mallactl(['get', 'servces'])).toMatchObject({
      code: 64,
      err: expect.stringContaining('did you mean "services"?') as string,
    });
  });

  it('goes on with changes until interrupted', async () => {
    const interrupt = new AbortController();
    const onOut = (text: string) => {
      if (text.includes('(deleted)')) interrupt.abort();
    };
    const ran = await mallactl(['get', 'svc', '-w'], { signal: interrupt.signal, onOut });
    expect(ran).toMatchObject({ code: 0, out: 'NAME      AGE\nreviews   5m\nreviews   5m (deleted)\n' });
  });
});

describe('delete', () => {
  beforeEach(async () => {
    file('a.yaml', `${service('reviews')}---\n${service('ratings')}`);
    await mallactl(['apply', '-f', 'a.yaml']);
  });

  it('deletes by name and by file', async () => {
    expect((await mallactl(['delete', 'svc', 'reviews'])).out).toBe('service/reviews deleted\n');
    const ran = await mallactl(['delete', '-f', 'a.yaml']);
    expect(ran).toMatchObject({ code: 1, out: 'service/ratings deleted\n' });
    expect(ran.err).toContain('services "reviews" not found');
    expect(await mallactl(['delete', 'svc/reviews', '--ignore-not-found'])).toMatchObject({
      code: 0,
      out: '',
      err: '',
    });
  });

  it('deletes all only when told so', async () => {
    expect((await mallactl(['delete', 'svc'])).code).toBe(64);
    expect((await mallactl(['delete', 'svc', '--all', '--dry-run=server'])).out).toBe(
      'service/reviews deleted (server dry run)\nservice/ratings deleted (server dry run)\n',
    );
    expect((await mallactl(['delete', 'svc', '--all'])).code).toBe(0);
    expect(api.objects.size).toBe(1);
  });
});

describe('history, diff and rollback', () => {
  beforeEach(async () => {
    await mallactl(['apply', '-f', '-'], { stdin: service('reviews', 80) });
    await mallactl(['apply', '-f', '-'], { stdin: service('reviews', 81) });
  });

  it('shows revisions, and what changed between them', async () => {
    expect((await mallactl(['history', 'svc', 'reviews'])).out.split('\n')[1]).toBe(
      '2          2026-01-01T00:00:00Z   replaced    me       c2',
    );
    const ran = await mallactl(['diff', 'svc/reviews']);
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('--- service/reviews revision 1\n+++ service/reviews revision 2\n');
    expect(ran.out).toContain('-      port: 80\n+      port: 81\n');
  });

  it('compares files with the server', async () => {
    const ran = await mallactl(['diff', '-f', '-'], { stdin: service('reviews', 82) });
    expect(ran.code).toBe(1);
    expect(ran.out).toContain('-      port: 81\n+      port: 82\n');
    expect(await mallactl(['diff', '-f', '-'], { stdin: service('reviews', 81) })).toMatchObject({ code: 0, out: '' });
    expect(api.revision).toBe(2);
  });

  it('goes back', async () => {
    expect((await mallactl(['rollback', 'svc', 'reviews', '--to-revision', '1'])).out).toBe(
      'service/reviews rolled back to revision 1, now at revision 99\n',
    );
    expect((await mallactl(['rollback', 'svc', 'reviews'])).code).toBe(64);
    expect((await mallactl(['rollback', 'svc', 'reviews', '--to-revision', 'x'])).code).toBe(64);
  });
});
