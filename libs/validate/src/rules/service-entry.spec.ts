import { describe, it } from 'vitest';
import { expectRefused, expectWarned, type RuleRow } from '../../test/rule-table.ts';
import { validResource } from '../../test/valid-resource.ts';

const [fixed, dns, dynamic, selected, none] = ['static', 'dns', 'dynamic', 'selected', 'none'].map((name) =>
  validResource('ServiceEntry', name),
) as [object, object, object, object, object];

describe('a ServiceEntry', () => {
  it.each<RuleRow>([
    [{ 'spec.hosts': [] }, 'spec.hosts'],
    [{ 'spec.hosts[0]': '*' }, 'spec.hosts[0]'],
    [{ 'spec.hosts[0]': 'a b' }, 'spec.hosts[0]'],
    [{ 'spec.addresses': ['10.0.0.0/33'] }, 'spec.addresses[0]'],
    [{ 'spec.addresses': ['a.com'] }, 'spec.addresses[0]'],
    [{ 'spec.addresses': ['1::2::3'] }, 'spec.addresses[0]'],
    [{ 'spec.addresses': ['010.0.0.1'] }, 'spec.addresses[0]'],
    [{ 'spec.ports[1].name': 'http' }, 'spec.ports[1].name'],
    [{ 'spec.ports[1].number': 80 }, 'spec.ports[1].number'],
    [{ 'spec.ports[0].number': 70000 }, 'spec.ports[0].number'],
    [{ 'spec.ports[0].targetPort': 70000 }, 'spec.ports[0].targetPort'],
    [{ 'spec.ports[0].name': 'a_b' }, 'spec.ports[0].name'],
    [{ 'spec.ports[0].protocol': 'HTTP3' }, 'spec.ports[0].protocol'],
    [{ 'spec.exportTo': ['~', 'a'] }, 'spec.exportTo'],
    [{ 'spec.hosts': ['a.com', 'b.com'] }, 'spec.ports[1].protocol'],
    [{ 'spec.workloadSelector': {} }, 'spec.endpoints'],
    [{ 'spec.endpoints[0].address': 'a.com' }, 'spec.endpoints[0].address'],
    [{ 'spec.endpoints[0].address': '0.0.0.0' }, 'spec.endpoints[0].address'],
    [{ 'spec.endpoints[0].address': '', 'spec.endpoints[0].network': '' }, 'spec.endpoints[0].address'],
    [{ 'spec.endpoints[0].address': 'unix:///a' }, 'spec.endpoints[0].ports'],
    [{ 'spec.endpoints[0].ports': { other: 1 } }, 'spec.endpoints[0].ports.other'],
    [{ 'spec.endpoints[0].labels': { 'a b': 'c' } }, 'spec.endpoints[0].labels["a b"]'],
    [{ 'spec.endpoints[0].locality': 'a//b' }, 'spec.endpoints[0].locality'],
    [{ 'spec.endpoints[0].serviceAccount': 'a/b' }, 'spec.endpoints[0].serviceAccount'],
    [{ 'spec.endpoints[0].weight': 4_000_000_000 }, 'spec.endpoints[0].weight'],
  ])('with addresses of its own refuses %j', (...row) => expectRefused(fixed, row));

  it.each<RuleRow>([
    [{ 'spec.addresses': ['10.0.0.0/16'] }, 'spec.addresses[0]'],
    [{ 'spec.endpoints': undefined, 'spec.hosts': ['*.a.com'] }, 'spec.hosts[0]'],
    [{ 'spec.resolution': 'DNS_ROUND_ROBIN' }, 'spec.endpoints'],
    [{ 'spec.endpoints[0].address': 'a b' }, 'spec.endpoints[0].address'],
    [{ 'spec.endpoints[0].address': 'unix:///a' }, 'spec.endpoints[0].address'],
    [{ 'spec.endpoints[0].ports': { other: 1 } }, 'spec.endpoints[0].ports.other'],
    [{ 'spec.endpoints[0].ports': { tls: 0 } }, 'spec.endpoints[0].ports.tls'],
  ])('with DNS refuses %j', (...row) => expectRefused(dns, row));

  it.each<RuleRow>([
    [{ 'spec.hosts': ['a.com'] }, 'spec.hosts[0]'],
    [{ 'spec.addresses': ['10.1.2.3'] }, 'spec.addresses'],
    [{ 'spec.endpoints': [{ address: '10.1.2.3' }] }, 'spec.endpoints'],
    [{ 'spec.ports[0].protocol': 'HTTPS' }, 'spec.ports[0].protocol'],
    [{ 'spec.location': 'MESH_INTERNAL' }, 'spec.location'],
  ])('with DYNAMIC_DNS refuses %j', (...row) => expectRefused(dynamic, row));

  it.each<RuleRow>([
    [{ 'spec.endpoints': [{ address: '10.1.2.3' }] }, 'spec.endpoints'],
    [{ 'spec.workloadSelector.labels': { a: '*' } }, 'spec.workloadSelector.labels.a'],
  ])('with a selector refuses %j', (...row) => expectRefused(selected, row));

  it.each<readonly [object, ...RuleRow]>([[none, { 'spec.endpoints': [{ address: '10.1.2.3' }] }, 'spec.endpoints']])(
    'with NONE refuses %#',
    (valid, ...row) => expectRefused(valid, row),
  );

  it.each<readonly [object, ...RuleRow]>([
    [fixed, { 'spec.hosts[0]': '*a.com' }, 'spec.hosts[0]'],
    [fixed, { 'spec.endpoints[0].address': undefined }, 'spec.endpoints[0].address'],
    [dns, { 'spec.addresses': ['10.1.2.3'] }, 'spec.hosts'],
    [selected, { 'spec.workloadSelector': {} }, 'spec.workloadSelector'],
    [selected, { 'spec.resolution': 'NONE' }, 'spec.workloadSelector'],
    [none, { 'spec.addresses': [] }, 'spec.ports[0]'],
    [selected, { 'metadata.labels': { 'networking.istio.io/enable-autoallocate-ip': 'false' } }, 'spec.ports[0]'],
  ])('warns of %#', (valid, ...row) => expectWarned(valid, row));
});

describe('a WorkloadEntry', () => {
  const [name, socket] = ['name', 'socket'].map((each) => validResource('WorkloadEntry', each)) as [object, object];
  it.each<readonly [object, ...RuleRow]>([
    [name, { 'spec.address': 'a b' }, 'spec.address'],
    [name, { 'spec.address': '', 'spec.network': '' }, 'spec.address'],
    [name, { 'spec.ports': { http: 0 } }, 'spec.ports.http'],
    [name, { 'spec.ports': { 'a b': 1 } }, 'spec.ports["a b"]'],
    [name, { 'spec.labels': { a: 'b c' } }, 'spec.labels.a'],
    [socket, { 'spec.address': 'unix://relative' }, 'spec.address'],
    [socket, { 'spec.address': 'unix:///folder/' }, 'spec.address'],
    [socket, { 'spec.address': 'unix://' }, 'spec.address'],
    [socket, { 'spec.ports': { http: 1 } }, 'spec.ports'],
  ])('refuses %#', (valid, ...row) => expectRefused(valid, row));
});

describe('a WorkloadGroup', () => {
  const [http, program] = ['http', 'program'].map((each) => validResource('WorkloadGroup', each)) as [object, object];
  it.each<readonly [object, ...RuleRow]>([
    [http, { 'spec.metadata.labels': { a: 'b c' } }, 'spec.metadata.labels.a'],
    [http, { 'spec.template.ports': { 'a b': 1 } }, 'spec.template.ports["a b"]'],
    [http, { 'spec.template.labels': { a: 'b c' } }, 'spec.template.labels.a'],
    [http, { 'spec.probe.httpGet.port': 70000 }, 'spec.probe.httpGet.port'],
    [http, { 'spec.probe.httpGet.scheme': 'http' }, 'spec.probe.httpGet.scheme'],
    [http, { 'spec.probe.httpGet.httpHeaders[0].name': 'a b' }, 'spec.probe.httpGet.httpHeaders[0].name'],
    [http, { 'spec.probe.periodSeconds': -1 }, 'spec.probe.periodSeconds'],
    [http, { 'spec.probe.httpGet': undefined }, 'spec.probe'],
    [program, { 'spec.probe.exec.command': [] }, 'spec.probe.exec.command'],
    [program, { 'spec.probe': { tcpSocket: { port: 70000 } } }, 'spec.probe.tcpSocket.port'],
    [program, { 'spec.probe': { grpc: { port: 70000 } } }, 'spec.probe.grpc.port'],
  ])('refuses %#', (valid, ...row) => expectRefused(valid, row));
});
