import { describe, expect, it } from 'vitest';
import { refusals } from '../../test/encode.ts';

const route = (fields: object) => ({
  name: 'r',
  virtual_hosts: [{ name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, ...fields }] }],
});

describe("Envoy's validation rules", () => {
  it('are those of the descriptors: required, length, range, enum, header, size', () => {
    expect(refusals('cluster', {})).toEqual(['name']);
    expect(refusals('cluster', { name: 'c', connect_timeout: '0s' })).toEqual(['connect_timeout']);
    expect(refusals('cluster', { name: 'c', outlier_detection: { max_ejection_percent: 101 } })).toContain(
      'outlier_detection.max_ejection_percent',
    );
    expect(refusals('cluster', { name: 'c', lb_policy: 4 })).toContain('lb_policy');
    expect(refusals('routes', route({ direct_response: { status: 600 } }))).toEqual([
      'virtual_hosts[0].routes[0].direct_response.status',
    ]);
    expect(refusals('routes', route({}))).toContain('virtual_hosts[0].routes[0].action');
    expect(refusals('routes', route({ direct_response: { status: 200 }, request_headers_to_remove: ['a\n'] }))).toEqual(
      ['virtual_hosts[0].routes[0].request_headers_to_remove[0]'],
    );
    expect(refusals('routes', { name: 'r', virtual_hosts: [{ name: 'v' }] })).toEqual(['virtual_hosts[0].domains']);
    expect(refusals('endpoints', { cluster_name: 'c', endpoints: [{ priority: 129 }] })).toEqual([
      'endpoints[0].priority',
    ]);
  });

  it('tell all problems at once', () => {
    expect(refusals('cluster', { connect_timeout: '0s', lb_policy: 4, track_timeout_budgets: true })).toEqual([
      'name',
      'connect_timeout',
      'lb_policy',
      'lb_policy',
      'track_timeout_budgets',
    ]);
  });

  it('hold for keys and values of maps and lists', () => {
    expect(refusals('cluster', { name: 'c', metadata: { filter_metadata: { '': {} } } })).toEqual([
      'metadata.filter_metadata[""]',
    ]);
  });
});
