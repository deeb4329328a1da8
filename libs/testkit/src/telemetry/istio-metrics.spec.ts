import type { MetricsIr } from '@malla/ir';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildDataPlane } from '../programs/build-data-plane.ts';
import { builtinProgram, proxyPrograms, type ProxyProgram } from '../programs/proxy-programs.ts';
import { waitFor } from '../wait-for.ts';
import { MetricsWorld } from './metrics-world.ts';

/** Labels of all of Istio's metrics. Source: https://istio.io/latest/docs/reference/config/metrics/ */
const everywhere = [
  'reporter',
  ...['source', 'destination'].flatMap((side) =>
    ['workload', 'workload_namespace', 'principal', 'app', 'version'].map((label) => `${side}_${label}`),
  ),
  ...['source', 'destination'].flatMap((side) =>
    ['canonical_service', 'canonical_revision', 'cluster'].map((label) => `${side}_${label}`),
  ),
  ...['destination_service', 'destination_service_name', 'destination_service_namespace'],
  ...['request_protocol', 'response_flags', 'connection_security_policy'],
];
const http = [...everywhere, 'response_code'].sort();
const grpc = [...http, 'grpc_response_status'].sort();
const tcp = [...everywhere].sort();

/** Istio's metrics with their labels, by what carries them. */
const golden: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  http: {
    istio_requests_total: http,
    istio_request_duration_milliseconds: http,
    istio_request_bytes: http,
    istio_response_bytes: http,
  },
  grpc: {
    istio_requests_total: grpc,
    istio_request_duration_milliseconds: grpc,
    istio_request_bytes: grpc,
    istio_response_bytes: grpc,
    istio_request_messages_total: grpc,
    istio_response_messages_total: grpc,
  },
  tcp: {
    istio_tcp_sent_bytes_total: tcp,
    istio_tcp_received_bytes_total: tcp,
    istio_tcp_connections_opened_total: tcp,
    istio_tcp_connections_closed_total: tcp,
  },
};

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function samplesOf(page: string): Sample[] {
  return page.split('\n').flatMap((line) => {
    const match = /^(istio_\w+)\{(.*)\} (\S+)$/.exec(line);
    if (match === null) return [];
    const labels = [...(match[2] as string).matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]);
    return [
      {
        name: match[1] as string,
        labels: Object.fromEntries(labels) as Record<string, string>,
        value: Number(match[3]),
      },
    ];
  });
}

/** The page once each of these samples has come to its sum over all labels. */
async function pageWith(world: MetricsWorld, sums: Readonly<Record<string, number>>): Promise<readonly Sample[]> {
  return waitFor(
    async () => {
      const samples = samplesOf(await world.page());
      const sumOf = (name: string) =>
        samples.filter((sample) => sample.name === name).reduce((sum, { value }) => sum + value, 0);
      return Object.entries(sums).every(([name, sum]) => sumOf(name) === sum) && samples;
    },
    { what: `a page with ${JSON.stringify(sums)}`, timeoutMs: 60_000 },
  );
}

/** By traffic and metric: the label names of every sample, which must all be the same. */
function labelNames(samples: readonly Sample[], reporter: string): Record<string, Record<string, string[]>> {
  const found: Record<string, Record<string, string[]>> = {};
  for (const { name, labels } of samples) {
    if (labels['reporter'] !== reporter) continue;
    const family = name.replace(/_(bucket|sum|count)$/, '');
    const names = Object.keys(labels)
      .filter((label) => label !== 'le')
      .sort();
    const ofTraffic = (found[labels['request_protocol'] as string] ??= {});
    if (ofTraffic[family] === undefined) ofTraffic[family] = names;
    else expect(names).toEqual(ofTraffic[family]);
  }
  return found;
}

/** What does not depend on time: counters, and how often something was measured. */
function steady(samples: readonly Sample[]): Record<string, number> {
  const counts = samples.filter(({ name }) => /_(total|count)$/.test(name));
  return Object.fromEntries(
    counts.map(({ name, labels, value }) => [`${name} ${JSON.stringify(Object.entries(labels).sort())}`, value]),
  );
}

const identity = 'spiffe://cluster.local/ns/default/sa/caller';
const forged = { 'x-malla-peer': 'admin;kube-system;a;b;c;d;e' };

describe("Istio's metrics of real traffic", () => {
  const pages = new Map<string, readonly Sample[]>();
  const seenByApplication = new Map<string, readonly string[]>();

  async function measure(program: ProxyProgram): Promise<void> {
    await using world = await MetricsWorld.start(program);
    const inside = await world.get('web', forged);
    const outside = await world.getFromOutside(forged);
    const applications = [(await inside.json()) as object, (await outside.json()) as object];
    seenByApplication.set(
      program.name,
      applications.flatMap((seen) => Object.keys((seen as { headers: object }).headers)),
    );
    expect((await world.get('refused')).status).toBe(502);
    expect(await world.callGrpc(1)).toBe('0');
    expect(await world.callGrpc(3)).toBe('0');
    await world.exchangeTcp(5_000);
    const page = await pageWith(world, {
      istio_requests_total: 8,
      istio_tcp_connections_closed_total: 2,
      istio_request_duration_milliseconds_count: 8,
    });
    pages.set(program.name, page);
  }

  beforeAll(async () => {
    buildDataPlane();
    for (const program of proxyPrograms()) await measure(program);
  });
  afterAll(() => pages.clear());

  const builtin = (): readonly Sample[] => pages.get(builtinProgram().name) as readonly Sample[];

  it.each(['source', 'destination'])('have the names and labels that Istio has, at the %s', (reporter) => {
    expect(labelNames(builtin(), reporter)).toEqual(golden);
  });

  it.skipIf(proxyPrograms().length < 2)('are the same on both data planes', () => {
    const [one, other] = [...pages.values()].map(steady);
    expect(one).toEqual(other);
  });

  const find = (name: string, labels: Record<string, string>): Sample | undefined =>
    builtin().find(
      (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );

  it('know caller and callee on both sides', () => {
    const call = {
      source_workload: 'caller-v1',
      source_app: 'caller',
      source_version: 'v1',
      source_principal: identity,
    };
    const service = { destination_service: 'web.default.svc.cluster.local', destination_service_name: 'web' };
    const source = { ...call, ...service, reporter: 'source', destination_workload: 'web-v1', response_flags: '-' };
    const destination = { ...call, ...service, reporter: 'destination', connection_security_policy: 'mutual_tls' };
    expect(find('istio_requests_total', { ...source, connection_security_policy: 'unknown' })?.value).toBe(1);
    expect(find('istio_requests_total', { ...destination, source_canonical_service: 'caller' })?.value).toBe(1);
  });

  it('believe nobody without a certificate, and tell the application nothing', () => {
    const stranger = { reporter: 'destination', connection_security_policy: 'none', source_principal: 'unknown' };
    const unknown = {
      source_workload: 'unknown',
      source_workload_namespace: 'unknown',
      source_canonical_revision: 'latest',
    };
    expect(find('istio_requests_total', { ...stranger, ...unknown })?.value).toBe(1);
    for (const headers of seenByApplication.values()) expect(headers).not.toContain('x-malla-peer');
  });

  it('know of a TCP connection what the certificate tells', () => {
    const peer = { source_workload: 'unknown', source_workload_namespace: 'default' };
    const sample = find('istio_tcp_received_bytes_total', { reporter: 'destination', ...peer });
    expect(sample?.value).toBe(5_000);
  });

  it('count messages of gRPC calls', () => {
    const calls = { reporter: 'source', destination_service_name: 'words', grpc_response_status: '0' };
    expect(find('istio_request_messages_total', calls)?.value).toBe(4);
    expect(find('istio_response_messages_total', calls)?.value).toBe(4);
    expect(find('istio_requests_total', calls)?.value).toBe(2);
  });

  it('name what is no service', () => {
    const refused = {
      response_code: '502',
      destination_service_name: 'BlackHoleCluster',
      destination_service: 'unknown',
    };
    expect(find('istio_requests_total', refused)?.value).toBe(1);
  });
});

describe("Istio's metrics with Telemetry's changes", () => {
  const labels = (set: Record<string, string>, removed: readonly string[]) =>
    ({ kind: 'labels', set, removed }) as const;
  const sideLabels = ['source', 'destination'].flatMap((side) =>
    ['workload', 'canonical_service', 'canonical_revision'].map((name) => `${side}_${name}`),
  );
  const changes: MetricsIr = {
    requests_total: labels(
      {
        request_path: 'request.path',
        outcome: "response.code >= 400 ? 'bad' : 'good'",
        missing: "request.headers['x-none']",
        long: "request.headers['x-long']",
        destination_app: 'request.method',
        response_flags: "'none'",
      },
      ['connection_security_policy', 'destination_principal', 'reporter', ...sideLabels],
    ),
    request_duration_milliseconds: { kind: 'off' },
    request_messages_total: labels({ path: 'request.path' }, ['source_principal']),
    tcp_sent_bytes_total: labels({ method: 'request.method', port: 'destination.port > 0' }, ['destination_service']),
    tcp_connections_opened_total: { kind: 'off' },
  };
  const pages = new Map<string, readonly Sample[]>();

  beforeAll(async () => {
    buildDataPlane();
    for (const program of proxyPrograms()) {
      await using world = await MetricsWorld.start(program, changes);
      await world.get('web', { 'x-long': 'x'.repeat(5_000) });
      await world.callGrpc(3);
      await world.exchangeTcp(5_000);
      const page = await pageWith(world, {
        istio_requests_total: 4,
        istio_tcp_connections_closed_total: 2,
        istio_request_bytes_count: 4,
      });
      pages.set(program.name, page);
    }
  });

  const builtin = (name: string) =>
    (pages.get(builtinProgram().name) as readonly Sample[]).filter((sample) => sample.name === name);

  it.skipIf(proxyPrograms().length < 2)('are the same on both data planes', () => {
    const [one, other] = [...pages.values()].map(steady);
    expect(one).toEqual(other);
  });

  it('have labels that are set, and none that are removed', () => {
    const requests = builtin('istio_requests_total');
    // Both sides report each request; without labels that tell them apart they are one.
    expect(requests.map(({ labels: { request_protocol: protocol }, value }) => [protocol, value])).toEqual([
      ['http', 2],
      ['grpc', 2],
    ]);
    const gone = [
      ...['connection_security_policy', 'destination_principal', 'reporter', 'set_outcome', 'removed_labels'],
      ...sideLabels,
    ];
    for (const { labels: found } of requests) {
      expect(found).toMatchObject({ outcome: 'good', missing: 'unknown', response_flags: 'none' });
      expect(found['request_path']).toMatch(/^\/(malla.*)?$/);
      expect(found).toMatchObject({ destination_version: 'v1', source_principal: identity });
      for (const name of gone) expect(found).not.toHaveProperty(name);
    }
    expect(requests.map(({ labels: { destination_app: app } }) => app)).toEqual(['GET', 'POST']);
    expect(requests.map(({ labels: { long } }) => long)).toEqual(['x'.repeat(256), 'unknown']);
    expect(builtin('istio_request_bytes_count').every(({ labels: found }) => 'reporter' in found)).toBe(true);
  });

  it('are not made where they are switched off', () => {
    expect(builtin('istio_request_duration_milliseconds_count')).toEqual([]);
    expect(builtin('istio_tcp_connections_opened_total')).toEqual([]);
  });

  it('count messages of each direction with labels of its own', () => {
    const [request, response] = ['request', 'response'].map((each) => builtin(`istio_${each}_messages_total`));
    for (const { labels: found, value } of request as readonly Sample[]) {
      expect([found['path'], found['source_principal'], value]).toEqual(['/malla.test.Words/Echo', undefined, 3]);
    }
    for (const { labels: found } of response as readonly Sample[])
      expect([found['path'], found['source_principal']]).toEqual([undefined, identity]);
  });

  it('know of a TCP connection what there is to know', () => {
    for (const { labels: found } of builtin('istio_tcp_sent_bytes_total')) {
      expect(found).toMatchObject({ method: 'unknown', port: 'true', destination_service_name: 'store' });
      expect(found).not.toHaveProperty('destination_service');
    }
  });
});
