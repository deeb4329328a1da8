import { describe, it } from 'vitest';
import { expectRefused, expectWarned, type RuleRow } from '../../test/rule-table.ts';
import { validResource } from '../../test/valid-resource.ts';

const of = (kind: string, name: string) => validResource(kind, name);

describe('kinds of Kubernetes', () => {
  it.each<readonly [kind: string, name: string, ...RuleRow]>([
    ['Namespace', 'shop', { 'metadata.name': 'a.b' }, 'metadata.name'],
    ['Namespace', 'shop', { 'metadata.name': 'a'.repeat(64) }, 'metadata.name'],
    ['Service', 'cart', { 'metadata.name': 'a.b' }, 'metadata.name'],
    ['Service', 'cart', { 'spec.ports': [] }, 'spec.ports'],
    ['Service', 'cart', { 'spec.ports[1].name': undefined }, 'spec.ports[1].name'],
    ['Service', 'cart', { 'spec.ports[1].name': 'http' }, 'spec.ports[1].name'],
    ['Service', 'cart', { 'spec.ports[1].port': 80 }, 'spec.ports[1].port'],
    ['Service', 'cart', { 'spec.ports[0].appProtocol': 'a b' }, 'spec.ports[0].appProtocol'],
    ['Service', 'cart', { 'spec.ports[0].nodePort': 30000 }, 'spec.ports[0].nodePort'],
    ['Service', 'cart', { 'spec.externalTrafficPolicy': 'Local' }, 'spec.externalTrafficPolicy'],
    ['Service', 'cart', { 'spec.loadBalancerClass': 'a' }, 'spec.loadBalancerClass'],
    ['Service', 'cart', { 'spec.clusterIPs': ['10.0.0.2'] }, 'spec.clusterIPs[0]'],
    ['Service', 'cart', { 'spec.clusterIPs': ['10.0.0.1', '10.0.0.2'] }, 'spec.clusterIPs[1]'],
    ['Service', 'cart', { 'spec.ipFamilies': ['IPv4', 'IPv4'] }, 'spec.ipFamilies[1]'],
    ['Service', 'cart', { 'spec.sessionAffinityConfig': {} }, 'spec.sessionAffinityConfig'],
    ['Service', 'outside', { 'spec.clusterIP': 'None' }, 'spec.clusterIP'],
    ['Service', 'outside', { 'spec.externalTrafficPolicy': 'Cluster' }, 'spec.healthCheckNodePort'],
    ['Service', 'outside', { 'spec.loadBalancerSourceRanges': ['a'] }, 'spec.loadBalancerSourceRanges[0]'],
    ['Service', 'alias', { 'spec.externalName': undefined }, 'spec.externalName'],
    ['Service', 'alias', { 'spec.externalName': 'a b' }, 'spec.externalName'],
    ['Service', 'alias', { 'spec.clusterIP': '10.0.0.1' }, 'spec.clusterIP'],
    ['Secret', 'tls', { 'stringData["tls.key"]': undefined }, 'data["tls.key"]'],
    ['Secret', 'registry', { 'stringData[".dockerconfigjson"]': '{' }, 'stringData[".dockerconfigjson"]'],
    ['Secret', 'registry', { type: 'kubernetes.io/basic-auth' }, 'data.username'],
    ['Secret', 'registry', { type: 'kubernetes.io/ssh-auth' }, 'data.ssh-privatekey'],
    [
      'Secret',
      'registry',
      { type: 'kubernetes.io/service-account-token' },
      'metadata.annotations["kubernetes.io/service-account.name"]',
    ],
    ['ConfigMap', 'settings', { 'binaryData.a': 'AAAA' }, 'binaryData.a'],
    ['Endpoints', 'cart', { 'subsets[0].addresses[0].ip': '127.0.0.1' }, 'subsets[0].addresses[0].ip'],
    [
      'Endpoints',
      'cart',
      { 'subsets[0].notReadyAddresses[0].ip': '169.254.1.1' },
      'subsets[0].notReadyAddresses[0].ip',
    ],
    ['Endpoints', 'cart', { 'subsets[0]': {} }, 'subsets[0]'],
    ['Endpoints', 'cart', { 'subsets[0].ports[1].name': 'http' }, 'subsets[0].ports[1].name'],
    ['Endpoints', 'cart', { 'subsets[0].ports[1].name': undefined }, 'subsets[0].ports[1].name'],
    ['EndpointSlice', 'cart-1', { 'endpoints[0].addresses': ['::1'] }, 'endpoints[0].addresses[0]'],
    ['EndpointSlice', 'cart-1', { addressType: 'IPv6' }, 'endpoints[0].addresses[0]'],
    ['EndpointSlice', 'cart-1', { 'endpoints[0].addresses': ['224.0.0.1'] }, 'endpoints[0].addresses[0]'],
    [
      'EndpointSlice',
      'cart-1',
      { addressType: 'FQDN', 'endpoints[0].addresses': ['a b'] },
      'endpoints[0].addresses[0]',
    ],
    ['EndpointSlice', 'cart-1', { 'ports[1].name': 'http' }, 'ports[1].name'],
    ['Ingress', 'front', { 'spec.rules': [], 'spec.defaultBackend': undefined }, 'spec'],
    ['Ingress', 'front', { 'spec.rules[0].host': '10.1.2.3' }, 'spec.rules[0].host'],
    ['Ingress', 'front', { 'spec.rules[0].host': 'a.*' }, 'spec.rules[0].host'],
    ['Ingress', 'front', { 'spec.rules[0].http.paths[0].path': 'a' }, 'spec.rules[0].http.paths[0].path'],
    ['Ingress', 'front', { 'spec.rules[0].http.paths[0].path': '/a//b' }, 'spec.rules[0].http.paths[0].path'],
    ['Ingress', 'front', { 'spec.rules[0].http.paths[0].path': '/a/..' }, 'spec.rules[0].http.paths[0].path'],
    ['Ingress', 'front', { 'spec.rules[0].http.paths[1].path': 'a' }, 'spec.rules[0].http.paths[1].path'],
    ['Ingress', 'front', { 'spec.defaultBackend': {} }, 'spec.defaultBackend'],
    ['Ingress', 'front', { 'spec.defaultBackend.service.port': {} }, 'spec.defaultBackend.service.port'],
    ['Ingress', 'front', { 'spec.defaultBackend.service.name': '' }, 'spec.defaultBackend.service.name'],
    ['Ingress', 'front', { 'spec.tls[0].hosts[0]': '*' }, 'spec.tls[0].hosts[0]'],
  ])('refuse %s %s with %j', (kind, name, ...row) => expectRefused(of(kind, name), row));

  it.each<readonly [kind: string, name: string, ...RuleRow]>([
    ['Service', 'cart', { 'spec.ports[0].appProtocol': 'htpp' }, 'spec.ports[0].appProtocol'],
    ['Secret', 'tls', { 'stringData["tls.crt"]': 'x' }, 'stringData["tls.crt"]'],
    ['Secret', 'tls', { 'stringData["ca.crt"]': '' }, 'stringData["ca.crt"]'],
  ])('warn of %s %s with %j', (kind, name, ...row) => expectWarned(of(kind, name), row));
});

describe('routes of Gateway API', () => {
  const rule = 'spec.rules[0]';
  it.each<readonly [kind: string, ...RuleRow]>([
    ['HTTPRoute', { [`${rule}.matches[0].path.value`]: '(' }, `${rule}.matches[0].path.value`],
    ['HTTPRoute', { [`${rule}.matches[0].headers[0].value`]: '(' }, `${rule}.matches[0].headers[0].value`],
    [
      'HTTPRoute',
      { [`${rule}.filters[0].requestHeaderModifier.set[0].value`]: 'a\nb' },
      `${rule}.filters[0].requestHeaderModifier.set[0].value`,
    ],
    ['GRPCRoute', { [`${rule}.matches[0].method.service`]: '(' }, `${rule}.matches[0].method.service`],
    ['GRPCRoute', { [`${rule}.matches[0].method.method`]: '[' }, `${rule}.matches[0].method.method`],
  ])('refuse %s with %j', (kind, ...row) => expectRefused(of(kind, 'cart'), row));

  it.each<readonly [kind: string, ...RuleRow]>([
    [
      'HTTPRoute',
      { [`${rule}.matches[0].headers[1]`]: { name: 'X-A', value: 'b' } },
      `${rule}.matches[0].headers[1].name`,
    ],
  ])('warn of %s with %j', (kind, ...row) => expectWarned(of(kind, 'cart'), row));
});
