import { describe, expect, it } from 'vitest';
import type { ExtAuthzConfig, HttpFilterConfig } from '@malla/proxy-config';
import { forwardTo, route, routeTable } from '../../../test/http/configs.ts';
import { HttpWorld } from '../../../test/http/http-world.ts';
import { HeaderList } from '@malla/http-codec';
import { http2Upstream } from '../../../test/http/http2-peers.ts';
import { grpcFrame } from '../../grpc/frames.ts';
import { ProtoWriter } from '../../worker/proto-writer.ts';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi';
const router: HttpFilterConfig = {
  name: 'router',
  disabled: false,
  kind: 'router',
  config: { suppressEnvoyHeaders: false },
};
const byHttp: ExtAuthzConfig['service'] = {
  kind: 'http',
  cluster: 'service',
  host: '',
  timeoutMs: 200,
  pathPrefix: '',
  allowedUpstreamHeaders: [],
  allowedClientHeaders: [],
  allowedClientHeadersOnSuccess: [],
  requestHeadersToAdd: [],
};
const byGrpc: ExtAuthzConfig['service'] = {
  kind: 'grpc',
  grpc: { cluster: 'service', timeoutMs: 200, initialMetadata: [] },
};

const authz = (name: string, change: Partial<ExtAuthzConfig>): HttpFilterConfig => ({
  name,
  disabled: false,
  kind: 'ext-authz',
  config: {
    service: byHttp,
    allowedHeaders: [],
    disallowedHeaders: [],
    failureModeAllow: false,
    failureModeAllowHeaderAdd: false,
    statusOnError: 403,
    clearRouteCache: false,
    includePeerCertificate: false,
    statPrefix: '',
    ...change,
  },
});

function world(...filters: readonly HttpFilterConfig[]) {
  const at = new HttpWorld();
  const up = at.cluster({ name: 'up' });
  up.respond = () => ok;
  const grpc = filters.some((filter) => filter.kind === 'ext-authz' && filter.config.service.kind === 'grpc');
  const service = at.cluster({ name: 'service', http: { protocol: grpc ? 'http2' : 'http1' } });
  const table = routeTable([route('/', forwardTo('up'))]);
  const manager = at.manager({ routes: { kind: 'inline', table }, filters: [...filters, router] });
  return { at, up, service, client: at.connect(manager) };
}

describe('two services that want the body', () => {
  it('the second may want more of it than the first', () => {
    const { up, service, client } = world(
      authz('first', { withRequestBody: { maxBytes: 10, allowPartial: true, asBytes: false } }),
      authz('second', { withRequestBody: { maxBytes: 4_000, allowPartial: false, asBytes: false } }),
    );
    service.respond = (request) => (request.includes('\r\n\r\nb') ? ok : undefined);
    client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2000\r\n\r\n');
    client.send('b'.repeat(20));
    client.send('b'.repeat(1_980));
    expect(service.peers[0]?.received).toBe('');
    expect(client.take()).toContain(' 200 ');
    expect(up.peers).toHaveLength(1);
  });
});

describe('what is asked about', () => {
  const shadow = (policy: string): HttpFilterConfig => ({
    name: 'custom',
    disabled: false,
    kind: 'rbac',
    config: {
      statPrefix: '',
      shadowStatPrefix: 'p_',
      shadowRules: {
        action: 'deny',
        policies: [
          {
            name: policy,
            permissions: [{ kind: 'path', matcher: { kind: 'prefix', value: '/a', ignoreCase: false } }],
            principals: [{ kind: 'any' }],
          },
        ],
      },
    },
  });
  const match = { kind: 'prefix', value: 'ask-', ignoreCase: false } as const;
  const enabledBy = { namespace: 'envoy.filters.http.rbac', key: 'p_shadow_effective_policy_id', match };
  const answers = (policy: string, path: string) => {
    const { service, client } = world(shadow(policy), authz('authz', { enabledBy }));
    service.respond = () => 'HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n';
    return client.send(`GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`).take();
  };

  it('is what shadow rules have matched under the name', () => {
    expect(answers('ask-b', '/a')).toContain(' 401 ');
    expect(answers('ask-b', '/c')).toContain(' 200 ');
    expect(answers('other', '/a')).toContain(' 200 ');
  });
});

describe('a service that changes the request', () => {
  const routed = (clearRouteCache: boolean) => {
    const at = new HttpWorld();
    const answer = (name: string) => () => `HTTP/1.1 200 OK\r\nx-from: ${name}\r\ncontent-length: 0\r\n\r\n`;
    for (const name of ['up', 'vip']) at.cluster({ name }).respond = answer(name);
    at.cluster({ name: 'service', http: { protocol: 'http1' } }).respond = () =>
      'HTTP/1.1 200 OK\r\nx-tier: vip\r\ncontent-length: 0\r\n\r\n';
    const vip = route('/', forwardTo('vip'));
    const headers = [{ name: 'x-tier', match: { kind: 'exact', value: 'vip' }, inverted: false }] as const;
    const table = routeTable([{ ...vip, match: { ...vip.match, headers } }, route('/', forwardTo('up'))]);
    const tier = { kind: 'exact', value: 'x-tier', ignoreCase: false } as const;
    const filter = authz('authz', { clearRouteCache, service: { ...byHttp, allowedUpstreamHeaders: [tier] } });
    const client = at.connect(at.manager({ routes: { kind: 'inline', table }, filters: [filter, router] }));
    return client.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n').take();
  };

  it('chooses the route where that is wanted', () => {
    expect(routed(true)).toContain('x-from: vip');
    expect(routed(false)).toContain('x-from: up');
  });
});

describe('an answer that cannot be used', () => {
  const header = (writer: ProtoWriter, field: number, name: string, value: string): void => {
    const option = writer.begin(field);
    const inner = writer.begin(1);
    writer.text(1, name);
    writer.text(2, value);
    writer.end(inner);
    writer.end(option);
  };
  const answer = (kind: 'ok' | 'denied', name: string, value: string): Uint8Array => {
    const writer = new ProtoWriter();
    if (kind === 'denied') {
      const status = writer.begin(1);
      writer.uint(1, 7);
      writer.end(status);
    }
    const body = writer.begin(kind === 'ok' ? 3 : 2);
    header(writer, 2, name, value);
    if (kind === 'denied') writer.text(3, 'nö');
    writer.end(body);
    return writer.finish();
  };
  function ask(message: Uint8Array) {
    const all = world(authz('authz', { service: byGrpc, statusOnError: 503 }));
    all.service.onPeer = (peer) =>
      void http2Upstream(peer, (exchange) => {
        const headers = new HeaderList(['content-type'], ['application/grpc']);
        exchange.sendHead({ status: 200, headers, version: '2' }, false);
        exchange.sendData(grpcFrame(message), false);
        exchange.sendTrailers(new HeaderList(['grpc-status'], ['0']));
      });
    all.client.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    return all;
  }

  it.each([
    ['ok', 'x-user', 'a\r\nx-admin: yes'],
    ['ok', 'x user', 'a'],
    ['ok', ':path', '/a b'],
    ['denied', 'x-why', 'a\r\nset-cookie: b'],
  ] as const)('%s with %s: %s is an error, and nothing passes', async (kind, name, value) => {
    const { at, client, up } = ask(answer(kind, name, value));
    for (let i = 0; i < 6; i++) await Promise.resolve().then(() => at.run());
    expect(client.take()).toMatch(/^HTTP\/1.1 503 /);
    expect(up.peers.map(({ received }) => received).join('')).toBe('');
  });

  it('may be denied with a length that is wrong', async () => {
    const { at, client } = ask(answer('denied', 'content-length', '77'));
    for (let i = 0; i < 6; i++) await Promise.resolve().then(() => at.run());
    expect(client.take()).toMatch(/^HTTP\/1.1 403 [^]*content-length: 3\r\n/);
  });

  it('gives a text beyond ASCII to the client as it is', async () => {
    const { at, client } = ask(answer('denied', 'x-why', 'nö'));
    for (let i = 0; i < 6; i++) await Promise.resolve().then(() => at.run());
    const text = Buffer.from(client.take(), 'latin1').toString();
    expect(text).toContain('x-why: nö\r\n');
    expect(text.endsWith('\r\n\r\nnö')).toBe(true);
  });
});
