import { describe, expect, it } from 'vitest';
import { HeaderList, type ServerExchange } from '@malla/http-codec';
import type {
  ExtAuthzConfig,
  HttpFilterConfig,
  RateLimitFilterConfig,
  RateLimitPolicy,
  RouteConfig,
} from '@malla/proxy-config';
import { grpcFrame, GrpcFrameReader } from '../../grpc/frames.ts';
import { ProtoWriter } from '../../worker/proto-writer.ts';
import { forwardExtras, forwardTo, route, routeTable } from '../../../test/http/configs.ts';
import { http2Upstream } from '../../../test/http/http2-peers.ts';
import { HttpWorld } from '../../../test/http/http-world.ts';
import { protoFields, protoMessage, protoMessages, protoText, type ProtoField } from './proto-fields.ts';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi';
const router: HttpFilterConfig = {
  name: 'router',
  disabled: false,
  kind: 'router',
  config: { suppressEnvoyHeaders: false },
};
const grpc = { cluster: 'service', timeoutMs: 200, initialMetadata: [] };

const authz = (change: Partial<ExtAuthzConfig> = {}): HttpFilterConfig => ({
  name: 'authz',
  disabled: false,
  kind: 'ext-authz',
  config: {
    service: { kind: 'grpc', grpc },
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
const limit = (change: Partial<RateLimitFilterConfig> = {}): HttpFilterConfig => ({
  name: 'limit',
  disabled: false,
  kind: 'rate-limit',
  config: {
    domain: 'shop',
    stage: 0,
    service: grpc,
    timeoutMs: 20,
    failClosed: false,
    rateLimitedAsResourceExhausted: false,
    statusOnError: 500,
    rateLimitedStatus: 429,
    xRateLimitHeaders: true,
    ...change,
  },
});

function world(filter: HttpFilterConfig, ofRoute: RouteConfig['filters'] = new Map()) {
  const at = new HttpWorld();
  const up = at.cluster({ name: 'up' });
  up.respond = (request) => (request.includes('\r\n\r\n') ? ok : undefined);
  const service = at.cluster({ name: 'service', http: { protocol: 'http2' } });
  const extras = forwardExtras({
    rateLimits: [
      { stage: 0, actions: [{ kind: 'request-header', header: 'x-user', key: 'user', skipIfAbsent: false }] },
      {
        stage: 0,
        actions: [
          { kind: 'generic-key', key: '', value: [{ text: 'all' }], defaultValue: '' },
          { kind: 'remote-address' },
        ],
      },
    ],
  });
  const table = routeTable([route('/', forwardTo('up'), { forward: extras, filters: ofRoute })]);
  const manager = at.manager({ routes: { kind: 'inline', table }, filters: [filter, router] });
  return { at, up, service, client: at.connect(manager) };
}

/** Answers every gRPC call with a message; undefined: never. */
function serve(
  service: ReturnType<typeof world>['service'],
  reply: (message: Uint8Array) => Uint8Array | undefined,
): void {
  service.onPeer = (peer) => void http2Upstream(peer, (exchange) => answerCall(exchange, reply));
}

function answerCall(exchange: ServerExchange, reply: (message: Uint8Array) => Uint8Array | undefined): void {
  const reader = new GrpcFrameReader(1 << 20, (message) => {
    const answer = reply(message);
    if (answer === undefined) return;
    exchange.sendHead(
      { status: 200, headers: new HeaderList(['content-type'], ['application/grpc']), version: '2' },
      false,
    );
    exchange.sendData(grpcFrame(answer), false);
    exchange.sendTrailers(new HeaderList(['grpc-status'], ['0']));
  });
  exchange.receiver = {
    onData: (chunk) => void reader.push(chunk),
    onTrailers: () => undefined,
    onReset: () => undefined,
    onWritable: () => undefined,
  };
}

async function settle(at: HttpWorld): Promise<void> {
  for (let i = 0; i < 6; i++) {
    await Promise.resolve();
    at.run();
  }
}

const get = 'GET /x?q HTTP/1.1\r\nhost: a.com\r\nx-user: jason\r\n\r\n';

function option(writer: ProtoWriter, field: number, [name, value]: readonly [string, string]): void {
  const at = writer.begin(field);
  const header = writer.begin(1);
  writer.text(1, name);
  writer.text(2, value);
  writer.end(header);
  writer.end(at);
}

function allowing(): Uint8Array {
  const writer = new ProtoWriter();
  const accepted = writer.begin(3);
  option(writer, 2, ['x-checked', 'yes']);
  writer.text(5, 'x-user');
  option(writer, 6, ['x-to-client', '1']);
  writer.end(accepted);
  return writer.finish();
}

function denying(): Uint8Array {
  const writer = new ProtoWriter();
  const status = writer.begin(1);
  writer.uint(1, 7);
  writer.end(status);
  const denied = writer.begin(2);
  const code = writer.begin(1);
  writer.uint(1, 401);
  writer.end(code);
  option(writer, 2, ['www-authenticate', 'Basic']);
  writer.text(3, 'who are you?');
  writer.end(denied);
  return writer.finish();
}

describe('ext_authz by gRPC', () => {
  it('tells the service of the request, and changes it as the service says', async () => {
    const { at, up, service, client } = world(authz());
    let seen: Record<string, string> = {};
    serve(service, (message) => {
      const attributes = protoMessage(protoFields(message), 1) ?? [];
      const request = protoMessage(protoMessage(attributes, 4) ?? [], 2) ?? [];
      seen = Object.fromEntries(protoMessages(request, 3).map((entry) => [protoText(entry, 1), protoText(entry, 2)]));
      return allowing();
    });
    client.send(get);
    await settle(at);
    expect(seen).toMatchObject({ ':path': '/x?q', ':method': 'GET', ':authority': 'a.com', 'x-user': 'jason' });
    expect(up.peers[0]?.params).toBeDefined();
    expect(client.take()).toMatch(/^HTTP\/1.1 200 [^]*x-to-client: 1\r\n/);
    expect(at.stat('http.in.ext_authz.ok')).toBe(1);
    expect(at.stat('cluster.up.ext_authz.ok')).toBe(1);
  });

  it('gives the client the denial of the service', async () => {
    const { at, up, service, client } = world(authz());
    serve(service, denying);
    client.send(get);
    await settle(at);
    expect(client.take()).toMatch(/^HTTP\/1.1 401 [^]*www-authenticate: Basic\r\n[^]*who are you\?$/);
    expect(up.peers).toHaveLength(0);
    expect(at.stat('http.in.ext_authz.denied')).toBe(1);
  });

  it('fails closed when the service does not answer, or open when told so', async () => {
    const closed = world(authz());
    serve(closed.service, () => undefined);
    closed.client.send(get);
    await settle(closed.at);
    expect(closed.client.take()).toBe('');
    closed.at.advance(250);
    await settle(closed.at);
    expect(closed.client.take()).toMatch(/^HTTP\/1.1 403/);
    expect(closed.up.peers).toHaveLength(0);
    const open = world(authz({ failureModeAllow: true, failureModeAllowHeaderAdd: true }));
    serve(open.service, () => Buffer.from([0xff]));
    open.client.send(get);
    await settle(open.at);
    expect(open.client.take()).toMatch(/^HTTP\/1.1 200/);
    expect(open.at.stat('http.in.ext_authz.failure_mode_allowed')).toBe(1);
  });

  it('shows the body when it is wanted, and refuses what is too large', async () => {
    const { at, up, service, client } = world(
      authz({ withRequestBody: { maxBytes: 5, allowPartial: false, asBytes: false } }),
    );
    const bodies: string[] = [];
    serve(service, (message) => {
      const http = protoMessage(protoMessage(protoMessage(protoFields(message), 1) ?? [], 4) ?? [], 2) ?? [];
      bodies.push(protoText(http, 11));
      return allowing();
    });
    client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nab').send('cd');
    await settle(at);
    expect(bodies).toEqual(['abcd']);
    expect(client.take()).toMatch(/^HTTP\/1.1 200/);
    expect(up.peers).toHaveLength(1);
    client.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 6\r\n\r\nabcdef');
    await settle(at);
    expect(client.take()).toMatch(/^HTTP\/1.1 413 [^]*Payload Too Large$/);
  });

  it('lets go of the call when the client leaves', async () => {
    const { at, service, client } = world(authz());
    serve(service, () => undefined);
    client.send(get);
    await settle(at);
    client.pair.far.destroy();
    await settle(at);
    expect(service.limits.requests.used).toBe(0);
    expect(at.stat('http.in.downstream_rq_active')).toBe(0);
  });
});

describe('ext_authz by HTTP', () => {
  const http = authz({
    service: {
      kind: 'http',
      cluster: 'service',
      host: 'authz',
      timeoutMs: 200,
      pathPrefix: '/check',
      requestHeadersToAdd: [['x-from', 'proxy']],
      allowedUpstreamHeaders: [{ kind: 'exact', value: 'x-checked', ignoreCase: false }],
      allowedClientHeaders: [],
      allowedClientHeadersOnSuccess: [],
    },
    allowedHeaders: [{ kind: 'exact', value: 'x-user', ignoreCase: false }],
  });

  it('asks with method and path, and takes over what is allowed', () => {
    const { at, up, service, client } = world(http);
    let request = '';
    let forwarded = '';
    up.respond = (text) => ((forwarded = text), ok);
    at.clusters.delete('service');
    const plain = at.cluster({ name: 'service' });
    plain.respond = (text) => (
      (request = text),
      'HTTP/1.1 200 OK\r\nx-checked: yes\r\nx-other: no\r\ncontent-length: 0\r\n\r\n'
    );
    client.send(get);
    expect(request).toMatch(/^GET \/check\/x\?q HTTP\/1.1\r\nhost: a.com\r\n/);
    expect(request).toContain('x-user: jason\r\n');
    expect(request).not.toContain('x-request-id');
    expect(forwarded).toContain('x-checked: yes\r\n');
    expect(forwarded).not.toContain('x-other');
    expect(client.take()).toMatch(/^HTTP\/1.1 200/);
    expect(service.peers).toHaveLength(0);
    plain.peers[0]?.pair.far.destroy();
    at.run();
    plain.respond = () => 'HTTP/1.1 403 Forbidden\r\nx-why: no\r\ncontent-length: 4\r\n\r\nnope';
    client.send(get);
    expect(client.take()).toMatch(/^HTTP\/1.1 403 [^]*x-why: no\r\n[^]*nope$/);
  });
});

describe('a rate-limit service', () => {
  function answer(code: number): Uint8Array {
    const writer = new ProtoWriter();
    writer.uint(1, code);
    const status = writer.begin(2);
    writer.uint(1, code);
    const current = writer.begin(2);
    writer.uint(1, 10);
    writer.uint(2, 2);
    writer.end(current);
    writer.uint(3, 4);
    writer.duration(4, 30_000);
    writer.end(status);
    return writer.finish();
  }

  it('is asked by descriptors, and lets pass', async () => {
    const { at, service, client } = world(limit());
    let descriptors: string[][] = [];
    serve(service, (message) => {
      const fields = protoFields(message);
      expect(protoText(fields, 1)).toBe('shop');
      descriptors = protoMessages(fields, 2).map((one) =>
        protoMessages(one, 1).map((entry) => `${protoText(entry, 1)}=${protoText(entry, 2)}`),
      );
      return answer(1);
    });
    client.send(get);
    await settle(at);
    expect(descriptors).toEqual([['user=jason'], ['generic_key=all', 'remote_address=10.1.1.1']]);
    expect(client.take()).toMatch(/^HTTP\/1.1 200 [^]*x-ratelimit-limit: 10, 10;w=60\r\n/);
    expect(at.stat('cluster.up.ratelimit.ok')).toBe(1);
  });

  it('is asked by what the route itself says, whatever it says of others', async () => {
    const actions: RateLimitPolicy['actions'] = [
      { kind: 'generic-key', key: 'policy', value: [{ text: 'a/b' }], defaultValue: '' },
      { kind: 'generic-key', key: 'path', value: ['path'], defaultValue: '' },
      { kind: 'generic-key', key: 'caller', value: ['peer-uri-san'], defaultValue: 'unknown' },
    ];
    const nobody: RateLimitPolicy['actions'] = [
      { kind: 'generic-key', key: 'caller', value: ['peer-uri-san'], defaultValue: '' },
    ];
    const policies = [actions, nobody].map((list) => ({ stage: 7, actions: list }));
    const own = { kind: 'rate-limit', includeVirtualHost: 'override', policies } as const;
    const { at, service, client } = world(limit(), new Map([['limit', own]]));
    const asked: string[][][] = [];
    serve(service, (message) => {
      const texts = (entry: readonly ProtoField[]) => [protoText(entry, 1), protoText(entry, 2)];
      asked.push(...protoMessages(protoFields(message), 2).map((one) => protoMessages(one, 1).map(texts)));
      return answer(1);
    });
    client.send(get);
    await settle(at);
    expect(client.take()).toMatch(/^HTTP\/1.1 200/);
    expect(asked).toEqual([
      [
        ['policy', 'a/b'],
        ['path', '/x'],
        ['caller', 'unknown'],
      ],
    ]);
  });

  it('refuses what is over the limit', async () => {
    const { at, up, service, client } = world(limit());
    serve(service, () => answer(2));
    client.send(get);
    await settle(at);
    expect(client.take()).toMatch(/^HTTP\/1.1 429 [^]*x-ratelimit-reset: 30\r\n[^]*x-envoy-ratelimited: true\r\n/);
    expect(up.peers).toHaveLength(0);
    expect(at.stat('cluster.up.ratelimit.over_limit')).toBe(1);
  });

  it.each([
    ['a field that cannot be sent', [0x0a, 4, ...Buffer.from('x\r\na')]],
    ['a field that is cut off', [0x0a, 40]],
  ])('takes %s for no answer', async (_, header) => {
    const { at, up, service, client } = world(limit({ failClosed: true }));
    serve(service, () => Buffer.from([0x08, 1, 0x22, header.length, ...header]));
    client.send(get);
    await settle(at);
    expect(client.take()).toMatch(/^HTTP\/1.1 500/);
    expect(up.peers).toHaveLength(0);
  });

  it('lets pass without an answer, unless it must not', async () => {
    const open = world(limit());
    open.at.clusters.delete('service');
    open.client.send(get);
    await settle(open.at);
    expect(open.client.take()).toMatch(/^HTTP\/1.1 200/);
    const closed = world(limit({ failClosed: true }));
    serve(closed.service, () => undefined);
    closed.client.send(get);
    await settle(closed.at);
    closed.at.advance(40);
    expect(closed.client.take()).toMatch(/^HTTP\/1.1 500/);
  });
});
