import { describe, expect, it } from 'vitest';
import { checkObject } from '../../check-object.ts';
import type { Problem } from '../../problems/problem.ts';

const object = (apiVersion: string, kind: string, fields: object) => ({
  apiVersion,
  kind,
  metadata: { name: 'a', namespace: 'ns' },
  ...fields,
});
const paths = (problems: readonly Problem[]) => problems.map((p) => p.path);
const service = (spec: object) => checkObject(object('v1', 'Service', { spec }));
const pod = (spec: object) => checkObject(object('v1', 'Pod', { spec }));

describe('Service', () => {
  it('is accepted in all its types', () => {
    const ports = [{ name: 'http', port: 80, targetPort: 'web' }];
    expect(service({ selector: { app: 'a' }, ports })).toEqual([]);
    expect(service({ clusterIP: 'None' })).toEqual([]);
    expect(service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] })).toEqual([]);
    expect(service({ type: 'LoadBalancer', ports, loadBalancerSourceRanges: ['10.0.0.0/8'] })).toEqual([]);
    expect(service({ type: 'ExternalName', externalName: 'example.com' })).toEqual([]);
    expect(service({ ports: [{ port: 53, protocol: 'UDP' }, { port: 53 }] })).toEqual([]);
  });

  it('has no port twice with one protocol, which is TCP by default', () => {
    const found = service({ ports: [{ port: 80, protocol: 'TCP' }, { port: 80 }] });
    expect(paths(found)).toEqual(['spec.ports[1]']);
  });

  it.each([
    [{ type: 'Loadbalancer' }, 'spec.type'],
    [{ ports: [{ port: 0 }] }, 'spec.ports[0].port'],
    [{ ports: [{ port: 80, targetPort: '8080' }] }, 'spec.ports[0].targetPort'],
    [{ ports: [{ port: 80, targetPort: 'a-name-that-is-too-long' }] }, 'spec.ports[0].targetPort'],
    [{ clusterIP: 'none' }, 'spec.clusterIP'],
    [{ topologyKeys: [] }, 'spec.topologyKeys'],
  ])('refuses %j', (spec, path) => {
    expect(paths(service(spec))).toEqual([path]);
  });
});

describe('Secret and ConfigMap', () => {
  const secret = (fields: object) => checkObject(object('v1', 'Secret', fields));

  it('take any type, and bytes in base64 with line breaks', () => {
    expect(secret({ type: 'helm.sh/release.v1', data: { a: 'YWJj\nZGVm\n' } })).toEqual([]);
    expect(checkObject(object('v1', 'ConfigMap', { data: { a: 'b' }, binaryData: { c: 'AA==' } }))).toEqual([]);
  });

  it.each(['', 'YQ==', 'YWI=', 'YWJj', 'YWJj\nYQ=='])('take %j as base64', (text) => {
    expect(secret({ data: { a: text } })).toEqual([]);
  });

  it.each(['Y', 'YQ', 'YQ=', 'YQ===', 'Y===', 'Y=Q=', 'YWJj ', 'YW-_'])('refuse %j as base64', (text) => {
    expect(paths(secret({ data: { a: text } }))).toEqual(['data.a']);
  });

  it('refuse what is no base64, without telling it, and names that are no file names', () => {
    const [problem] = secret({ data: { a: 'hunter2!' } });
    expect(problem?.path).toBe('data.a');
    expect(JSON.stringify(problem)).not.toContain('hunter2');
    expect(secret({ data: { 'a/b': 'AA==' } })).toHaveLength(1);
    expect(checkObject(object('v1', 'ConfigMap', { data: { '..': '' } }))).toHaveLength(1);
  });
});

describe('Pod and workloads', () => {
  const containers = [{ name: 'app', image: 'app:1' }];

  it('keep what the mesh does not read', () => {
    expect(pod({ containers, schedulerName: 'x', affinity: { nodeAffinity: {} } })).toEqual([]);
    expect(pod({ containers: [{ ...containers[0], tty: true, resources: { limits: { cpu: 0.5 } } }] })).toEqual([]);
  });

  it('may name a variable or port twice, but not a container', () => {
    const env = [
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
    ];
    expect(pod({ containers: [{ name: 'app', env, ports: [{ containerPort: 80 }, { containerPort: 80 }] }] })).toEqual(
      [],
    );
    expect(paths(pod({ containers: [...containers, ...containers] }))).toEqual(['spec.containers[1]']);
  });

  it.each([
    [{}, 'spec.containers'],
    [{ containers: [] }, 'spec.containers'],
    [{ containers: [{ image: 'a' }] }, 'spec.containers[0].name'],
    [{ containers, hostNetwork: 'yes' }, 'spec.hostNetwork'],
    [{ containers: [{ name: 'a', env: [{ name: 'A', value: 1 }] }] }, 'spec.containers[0].env[0].value'],
  ])('are refused with %j', (spec, path) => {
    expect(paths(pod(spec))).toEqual([path]);
  });

  it('are templates in a Deployment, whose metadata needs no name', () => {
    const deployment = (spec: object) => checkObject(object('apps/v1', 'Deployment', { spec }));
    const template = { metadata: { creationTimestamp: null, labels: { app: 'a' } }, spec: { containers } };
    expect(deployment({ selector: { matchLabels: { app: 'a' } }, template })).toEqual([]);
    expect(paths(deployment({ template }))).toEqual(['spec.selector']);
    const matchExpressions = [{ key: 'app', operator: 'In' }];
    expect(paths(deployment({ selector: { matchExpressions }, template }))).toEqual([
      'spec.selector.matchExpressions[0].values',
    ]);
  });
});

describe('objects of Kubernetes', () => {
  it.each([
    ['v1', 'Endpoints', { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }] }],
    ['discovery.k8s.io/v1', 'EndpointSlice', { addressType: 'IPv4', endpoints: null, ports: null }],
    ['v1', 'ServiceAccount', { secrets: [{ name: 'a' }], imagePullSecrets: [{ name: 'b' }] }],
    ['networking.k8s.io/v1', 'Ingress', { spec: { defaultBackend: { service: { name: 'a', port: { number: 80 } } } } }],
  ])('are accepted: %s %s', (apiVersion, kind, fields) => {
    expect(checkObject(object(apiVersion, kind, fields))).toEqual([]);
  });

  it.each([
    [{ finalizers: ['a b'] }, 'metadata.finalizers[0]'],
    [{ annotations: { 'a/b/c': 'x' } }, 'metadata.annotations["a/b/c"]'],
    [{ labels: { [`${'a'.repeat(254)}/b`]: 'x' } }, undefined],
    [{ ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a' }] }, 'metadata.ownerReferences[0].uid'],
    [{ managedFields: [{ manger: 'x' }] }, 'metadata.managedFields[0].manger'],
  ])('have metadata as Kubernetes has it: %j is refused', (metadata, path) => {
    const found = checkObject(object('v1', 'ConfigMap', { metadata: { name: 'a', ...metadata } }));
    expect(found).toHaveLength(1);
    if (path !== undefined) expect(found[0]?.path).toBe(path);
  });
});
