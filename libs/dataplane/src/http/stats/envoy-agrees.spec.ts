import { findEnvoy } from '@malla/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TwinProxies } from '../../../test/envoy/twin-proxies.ts';

const envoy = findEnvoy();
const get = (path: string, ...fields: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'host: a', ...fields, '', ''].join('\r\n');
const requests: readonly (string | readonly string[])[] = [
  get('/up'),
  [get('/up'), get('/up')],
  'POST /up HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\nexpect: 100-continue\r\n\r\nabc',
  get('/s503'),
  get('/again-s503'),
  get('/reset'),
  get('/dead'),
  get('/retry'),
  get('/missing'),
  get('/nowhere'),
  get('/direct'),
  get('/moved'),
  get('/slow-hang'),
  get('/up#fragment'),
  'OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n',
  get('/up', 'connection: upgrade', 'upgrade: other'),
  'POST /direct HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\na',
  'nonsense\r\n\r\n',
];
const retry = { retry_on: '5xx', num_retries: 2, retry_back_off: { base_interval: '0.001s' } };

/** Counted by the connection itself, or by what we do not have. */
const elsewhere =
  /^http\.test\.(downstream_cx_(rx|tx)_bytes|downstream_cx_destroy_(local|remote)|tracing)|upstream_cx_(rx|tx)_bytes|upstream_cx_destroy|\.default\.total_match_count|max_host_weight|membership_|update_|version|lb_|warming|assignment/;

describe.skipIf(envoy === undefined)('statistics of HTTP as Envoy counts them', () => {
  let twins: TwinProxies;
  beforeAll(async () => {
    twins = await new TwinProxies().start(envoy as string, {
      manager: { normalize_path: true },
      routes: [
        { match: { prefix: '/dead' }, route: { cluster: 'dead' } },
        {
          match: { prefix: '/retry' },
          route: { cluster: 'dead', retry_policy: { ...retry, retry_on: 'connect-failure' } },
        },
        { match: { prefix: '/missing' }, route: { cluster: 'missing' } },
        { match: { prefix: '/direct' }, direct_response: { status: 200, body: { inline_string: 'x' } } },
        { match: { prefix: '/moved' }, redirect: { host_redirect: 'x' } },
        { match: { prefix: '/slow' }, route: { cluster: 'up', timeout: '0.2s' } },
        { match: { prefix: '/again' }, route: { cluster: 'up', retry_policy: retry } },
        ...['/up', '/s503', '/reset'].map((prefix) => ({ match: { prefix }, route: { cluster: 'up' } })),
      ],
      respond: (request) => {
        if (request.includes('hang')) return undefined;
        if (request.includes('reset')) return 'CLOSE';
        if (request.includes('s503')) return 'HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n';
        return 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi';
      },
    });
  });
  afterAll(() => twins[Symbol.asyncDispose]());

  it('counts the same', async () => {
    for (const request of requests) await twins.send(request, 300);
    // Envoy ends some connections a second later.
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const { envoy: theirs, ours } = await twins.stats();
    const ofHttp = (stats: Record<string, number>): Record<string, number> =>
      Object.fromEntries(
        Object.entries(stats)
          .map(([name, value]) => [name.replace(/^listener\.127\.0\.0\.1_\d+/, 'listener'), value] as const)
          .filter(([name]) => /^((listener\.)?http\.test|cluster\.(up|dead))\./.test(name) && !elsewhere.test(name)),
      );
    expect(Object.keys(ofHttp(theirs))).toContain('listener.http.test.downstream_rq_2xx');
    expect(ofHttp(ours)).toEqual(ofHttp(theirs));
    for (const cluster of ['up', 'dead']) {
      const hosts = await twins.hosts(cluster);
      expect(Object.keys(hosts.envoy).length).toBeGreaterThan(5);
      // How many connections there are is the clients' doing, and the kernel's.
      expect({ rq_pending_active: 0, ...hosts.ours }, cluster).toEqual(hosts.envoy);
    }
  });
});
