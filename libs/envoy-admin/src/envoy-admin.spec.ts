import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseClusterStatuses } from './dump/cluster-statuses.ts';
import { parseConfigDump } from './dump/config-dump.ts';
import { parseStats } from './dump/stats.ts';
import { clusterCells, clusterHeaders, clusterRows, parseClusterName } from './rows/cluster-rows.ts';
import { configuredEndpoints, endpointCells, endpointRows } from './rows/endpoint-rows.ts';
import { listenerCells, listenerRows } from './rows/listener-rows.ts';
import { routeCells, routeHeaders, routeRows } from './rows/route-rows.ts';
import { secretCells, secretRows } from './rows/secret-rows.ts';
import { renderTable } from './rows/table.ts';

/** Answers of Envoy 1.40 to /config_dump?include_eds and /clusters?format=json, shortened. */
const read = (name: string): unknown =>
  JSON.parse(readFileSync(path.join(import.meta.dirname, '../testdata', name), 'utf8'));
const dump = parseConfigDump(read('config-dump.json'));
const reviews = 'outbound|9080|v1|reviews.default.svc.cluster.local';

describe('a config dump of Envoy', () => {
  it('gives clusters with their parts and their DestinationRule', () => {
    expect(clusterRows(dump).map(clusterCells)).toEqual([
      ['reviews.default.svc.cluster.local', '9080', 'v1', 'outbound', 'STATIC', 'reviews.default'],
      ['xds-grpc', '-', '-', '-', 'STATIC', ''],
    ]);
    expect(clusterRows(dump, { port: 9080, subset: 'v1', direction: 'OUTBOUND' })).toHaveLength(1);
    expect(clusterRows(dump, { fqdn: 'ratings' })).toEqual([]);
  });

  it('gives filter chains with conditions and destinations', () => {
    expect(listenerRows(dump).map(listenerCells)).toEqual([
      ['127.0.0.1', '19912', 'Trans: tls; App: istio', 'xds-grpc'],
      ['127.0.0.1', '19912', 'ALL', `Cluster: ${reviews}`],
    ]);
    expect(listenerRows(dump, { type: 'http' })).toHaveLength(1);
    expect(listenerRows(dump, { port: 1 })).toEqual([]);
  });

  it('gives routes with the VirtualService behind them', () => {
    const host = 'reviews.default.svc.cluster.local:9080';
    const domains = 'reviews, reviews.default + 1 more...';
    expect(routeRows(dump).map(routeCells)).toEqual([
      ['9080', host, domains, '/api* GET +1 condition', 'reviews.default'],
      ['9080', host, domains, '/*', '404'],
    ]);
    expect(routeRows(dump, { name: 'none' })).toEqual([]);
  });

  it('gives endpoints as configured', () => {
    expect(configuredEndpoints(dump).map((e) => [e.address, e.status, e.locality])).toEqual([
      ['127.0.0.1:9', 'HEALTHY', 'eu/a'],
      ['[::1]:9', 'UNHEALTHY', 'eu/a'],
      ['/tmp/ea/x.sock', 'HEALTHY', ''],
    ]);
  });

  it('gives dynamic resources with version and state', () => {
    const listener = (name: string) => ({ listener: { name }, version_info: '7' });
    const configs = [
      {
        '@type': 'type.googleapis.com/envoy.admin.v3.ListenersConfigDump',
        dynamic_listeners: [
          { name: 'a', active_state: listener('a'), warming_state: listener('a') },
          { name: 'b', error_state: {} },
        ],
      },
      {
        '@type': 'type.googleapis.com/envoy.admin.v3.ClustersConfigDump',
        dynamic_warming_clusters: [{ version_info: '3', cluster: { name: 'c' } }],
      },
    ];
    const parsed = parseConfigDump({ configs });
    expect(parsed.listeners.map((l) => [l.name, l.state, l.version])).toEqual([
      ['a', 'active', '7'],
      ['a', 'warming', '7'],
    ]);
    expect(parsed.clusters).toMatchObject([{ name: 'c', state: 'warming', version: '3' }]);
  });

  it('refuses other JSON', () => {
    for (const json of [null, [], {}, 'x', { configs: 3 }]) expect(() => parseConfigDump(json)).toThrow(TypeError);
  });
});

describe('live endpoints', () => {
  const statuses = parseClusterStatuses(read('clusters.json'));

  it('have health, ejection, locality and counters', () => {
    expect(endpointRows(statuses).map(endpointCells)).toEqual([
      ['127.0.0.1:9', 'HEALTHY', 'FAILED', reviews],
      ['[::1]:9', 'DRAINING', 'OK', reviews],
      ['/tmp/ea/x.sock', 'HEALTHY', 'OK', 'xds-grpc'],
    ]);
    expect(statuses[0]).toMatchObject({ locality: 'eu/a', weight: 1, stats: { rq_total: 7, cx_active: 0 }, port: 9 });
  });

  it('are chosen by address, port, cluster and status', () => {
    expect(endpointRows(statuses, { address: '127.0.0.1' })).toHaveLength(1);
    expect(endpointRows(statuses, { address: '[::1]:9', port: 9 })).toHaveLength(1);
    expect(endpointRows(statuses, { cluster: 'xds-grpc' })).toHaveLength(1);
    expect(endpointRows(statuses, { status: 'healthy' })).toHaveLength(2);
  });

  it('may be none, but not other JSON', () => {
    expect(parseClusterStatuses({})).toEqual([]);
    expect(() => parseClusterStatuses({ configs: [] })).toThrow(TypeError);
  });
});

describe('secrets of a dump', () => {
  const secret = (name: string, fields: object) => ({ name, last_updated: '', secret: { name, ...fields } });
  const pem = { inline_bytes: btoa('PEM') };
  const configs = [
    {
      '@type': 'type.googleapis.com/envoy.admin.v3.SecretsConfigDump',
      dynamic_active_secrets: [
        secret('default', { tls_certificate: { certificate_chain: pem } }),
        secret('ROOTCA', { validation_context: { trusted_ca: pem } }),
      ],
      dynamic_warming_secrets: [{ name: 'kubernetes://late' }],
    },
  ];
  const facts = {
    serialNumber: 'a1',
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2026-02-01T00:00:00Z'),
    names: [],
  };

  it('tell type, validity and times, and never a key', () => {
    const rows = secretRows(
      parseConfigDump({ configs }),
      (text) => (text === 'PEM' ? facts : undefined),
      new Date('2026-03-01'),
    );
    expect(rows.map(secretCells)).toEqual([
      ['ROOTCA', 'CA', 'ACTIVE', 'false', 'a1', '2026-02-01T00:00:00Z', '2026-01-01T00:00:00Z'],
      ['default', 'Cert Chain', 'ACTIVE', 'false', 'a1', '2026-02-01T00:00:00Z', '2026-01-01T00:00:00Z'],
      ['kubernetes://late', 'Unknown', 'WARMING', '', '', '', ''],
    ]);
  });
});

describe('names, statistics and tables', () => {
  it('takes cluster names apart in both spellings', () => {
    const parts = { fqdn: 'a.b', port: '80', subset: '-', direction: 'outbound' };
    expect(parseClusterName('outbound|80||a.b')).toEqual(parts);
    expect(parseClusterName('outbound_.80_._.a.b')).toEqual(parts);
    expect(parseClusterName('inbound|9080||')).toMatchObject({ port: '9080', direction: 'inbound', fqdn: '' });
    expect(parseClusterName('a|b')).toMatchObject({ fqdn: 'a|b', port: '-' });
  });

  it('reads counters, with or without a value', () => {
    const stats = parseStats({ stats: [{ name: 'a', value: 3 }, { name: 'b', value: 'x' }, { histograms: {} }] });
    expect([...stats]).toEqual([['a', 3]]);
    expect(() => parseStats({})).toThrow(TypeError);
  });

  it('aligns columns five spaces apart', () => {
    expect(
      renderTable(
        ['A', 'NAME'],
        [
          ['long', 'x'],
          ['ü', ''],
        ],
      ),
    ).toBe('A        NAME\nlong     x\nü\n');
    expect(renderTable(clusterHeaders, [])).toMatch(/^SERVICE FQDN {5}PORT/);
  });
});

/** Folder of istioctl's own test data; no part of the repository: without it, skipped, visibly. */
const corpus = process.env['MALLA_CORPUS'] ?? '';

describe.skipIf(corpus === '')("istioctl's own tables", () => {
  it('have the same routes for a Kubernetes gateway', () => {
    const json: unknown = JSON.parse(
      readFileSync(path.join(corpus, 'config-dump/routes/k8s-gateway-http-route-path-prefix/configdump.json'), 'utf8'),
    );
    const rows = routeRows(parseConfigDump(json)).map(routeCells);
    const host = 'httpbin.example.com';
    expect(rows).toContainEqual([
      'http.80',
      `${host}:80`,
      host,
      '/get*',
      'http-0-istio-autogenerated-k8s-gateway.default',
    ]);
    expect(rows).toContainEqual(['', 'backend', '*', '/stats/prometheus*', '']);
    expect(renderTable(routeHeaders, rows)).toMatch(/^NAME {8}VHOST NAME/);
  });

  it('have the certificates of a dump of SPIRE', () => {
    const json: unknown = JSON.parse(
      readFileSync(path.join(corpus, 'config-dump/secret/spire/config_dump.json'), 'utf8'),
    );
    const seen: string[] = [];
    const rows = secretRows(parseConfigDump(json), (pem) => void seen.push(pem), new Date(0));
    expect(rows.map((r) => [r.name, r.type])).toEqual([
      ['ROOTCA', 'CA'],
      ['default', 'Cert Chain'],
    ]);
    expect(seen.every((pem) => pem.includes('BEGIN CERTIFICATE'))).toBe(true);
  });
});
