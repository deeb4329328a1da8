import { describe, expect, it } from 'vitest';
import { checkObject } from '../check-object.ts';
import { kinds } from '../registry.ts';
import type { KindDefinition } from './kind-definition.ts';

/** Kinds of Istio’s API groups; the core and Gateway API have their own specs. */
const istio = kinds.filter(({ group }) => group.endsWith('.istio.io'));
const definitionOf = (kind: string) => istio.find((k) => k.kind === kind) as KindDefinition;

function check(kind: string, spec: unknown, version?: string): readonly string[] {
  const { group, versions } = definitionOf(kind);
  const object = { apiVersion: `${group}/${version ?? versions[0]}`, kind, metadata: { name: 'x' }, spec };
  return checkObject(object).map(({ path, message }) => `${path}: ${message}`);
}

const destination = { host: 'reviews' };
const selector = { matchLabels: { app: 'cart' } };
const targetRefs = [{ kind: 'Service', name: 'cart' }];
const jwt = { issuer: 'https://issuer.example', jwksUri: 'https://issuer.example/keys' };

/** One spec for each kind, with what is special about it. */
const accepted: readonly (readonly [string, unknown])[] = [
  ['VirtualService', undefined],
  ['VirtualService', { hosts: ['a'], tls: [{ match: [{ sniHosts: ['a'] }], route: [{ destination }] }] }],
  ['VirtualService', { http: [{ route: [{ destination }], mirror_percent: null, retries: {} }] }],
  ['VirtualService', { http: [{ match: [{ headers: { a: {} } }], directResponse: { status: 503 } }] }],
  ['DestinationRule', { host: 'a', trafficPolicy: { connectionPool: { tcp: { idleTimeout: '0s' } } } }],
  ['DestinationRule', { host: 'a', trafficPolicy: { outlierDetection: { consecutive5xxErrors: null } } }],
  ['Gateway', { servers: [{ port: { number: 443, name: 'https', protocol: 'HTTPS' }, hosts: ['*'], tls: {} }] }],
  ['ServiceEntry', { hosts: ['*.example.com'], resolution: 'DYNAMIC_DNS', ports: [{ number: 443, name: 'tls' }] }],
  ['WorkloadEntry', { network: 'vm' }],
  ['WorkloadEntry', { address: 'unix:///run/app.sock' }],
  ['WorkloadGroup', { template: { serviceAccount: 'cart' }, probe: { exec: { command: ['true'] } } }],
  ['Sidecar', { egress: [{ hosts: ['./*', '~shop/*'] }] }],
  ['ProxyConfig', { selector, concurrency: 0 }],
  ['EnvoyFilter', { configPatches: [{ applyTo: 'CLUSTER', patch: { operation: 'MERGE', value: { any: [1] } } }] }],
  ['PeerAuthentication', { selector, portLevelMtls: { '8080': { mode: 'STRICT' } } }],
  ['RequestAuthentication', { targetRefs, jwtRules: [jwt] }],
  ['AuthorizationPolicy', { action: 'CUSTOM', provider: { name: 'opa' }, rules: [{ from: [{}] }] }],
  ['Telemetry', { metrics: [{ overrides: [{ tagOverrides: { a: { operation: 'REMOVE' } } }] }] }],
  ['WasmPlugin', { url: 'registry.example/filter:1', pluginConfig: { any: [1] } }],
  ['TrafficExtension', { lua: { inlineCode: 'function envoy_on_request(h) end' } }],
  [
    'MeshConfig',
    { networks: { vm: { endpoints: [{ fromRegistry: 'a' }], gateways: [{ address: '1.2.3.4', port: 15443 }] } } },
  ],
];

/** What a cluster with Istio’s CRDs refuses, with the place. */
const refused: readonly (readonly [string, unknown, string])[] = [
  ['VirtualService', { http: [{ timeout: '0s' }] }, 'spec.http[0].timeout: must be a valid duration'],
  ['VirtualService', { http: [{ timeout: 'soon' }] }, 'spec.http[0].timeout: must be a duration'],
  ['VirtualService', { tls: [{ match: [{}] }] }, 'spec.tls[0].match[0].sniHosts: is required'],
  [
    'VirtualService',
    { http: [{ fault: { abort: { httpStatus: 500, grpcStatus: 'UNAVAILABLE' } } }] },
    'spec.http[0].fault.abort: must have at most one of httpStatus, grpcStatus, http2Error',
  ],
  [
    'DestinationRule',
    { host: 'a', trafficPolicy: { loadBalancer: { consistentHash: { ringHash: {}, maglev: {} } } } },
    'spec.trafficPolicy.loadBalancer.consistentHash: must have at most one of ringHash, maglev',
  ],
  [
    'DestinationRule',
    { host: 'a', workloadSelector: { matchLabels: { app: '*' } } },
    'spec.workloadSelector.matchLabels.app: wildcard not allowed in label value match',
  ],
  [
    'Gateway',
    { servers: [{ port: { number: 1, name: 'a', protocol: 'TLS' }, hosts: [], tls: { credentialNames: [] } }] },
    'spec.servers[0].tls.credentialNames: must not be empty',
  ],
  ['ServiceEntry', undefined, 'spec: is required'],
  ['ServiceEntry', { hosts: ['*'] }, 'spec.hosts[0]: hostname cannot be wildcard'],
  [
    'ServiceEntry',
    { hosts: ['a.example'], endpoints: [{ address: '1.2.3.4' }] },
    'spec: NONE mode cannot set endpoints',
  ],
  ['WorkloadEntry', {}, 'spec: Address is required'],
  ['WorkloadEntry', { address: 'unix:///a', ports: { http: 80 } }, 'spec: UDS may not include ports'],
  ['WorkloadGroup', { template: {}, probe: { tcpSocket: { port: 0 } } }, 'spec.probe.tcpSocket.port: port must be'],
  ['Sidecar', { workloadSelector: { labels: { a: '*' } } }, 'spec.workloadSelector.labels.a: wildcard is not'],
  ['ProxyConfig', { concurrency: -1 }, 'spec.concurrency: must be at least 0'],
  [
    'EnvoyFilter',
    { configPatches: [{ match: { context: 'WAYPOINT' } }] },
    'spec.configPatches[0].match: only support waypointMatch when context is WAYPOINT',
  ],
  ['PeerAuthentication', { portLevelMtls: { '80': {} } }, 'spec: portLevelMtls requires selector'],
  ['PeerAuthentication', { selector, portLevelMtls: { '70000': {} } }, 'spec.portLevelMtls: port must be between'],
  ['RequestAuthentication', { selector, targetRefs }, 'spec: only one of targetRefs or selector can be set'],
  ['RequestAuthentication', { jwtRules: [{ ...jwt, jwks: '{}' }] }, 'spec.jwtRules[0]: only one of jwks or jwksUri'],
  [
    'AuthorizationPolicy',
    { rules: [{ from: [{ source: { serviceAccounts: ['a'], namespaces: ['b'] } }] }] },
    'spec.rules[0].from[0].source: Cannot set serviceAccounts with namespaces or principals',
  ],
  [
    'AuthorizationPolicy',
    { targetRef: { kind: 'Service', name: 'a', namespace: 'b' } },
    'spec.targetRef.namespace: cross namespace referencing is not currently supported',
  ],
  [
    'Telemetry',
    { metrics: [{ overrides: [{ tagOverrides: { a: { operation: 'REMOVE', value: 'b' } } }] }] },
    'spec.metrics[0].overrides[0].tagOverrides.a: value must not be set when operation is REMOVE',
  ],
  ['WasmPlugin', { url: 'ftp://a' }, 'spec.url: url must have schema one of'],
  ['TrafficExtension', {}, 'spec: exactly one of wasm or lua must be set'],
  ['MeshConfig', { networks: { vm: { endpoints: [] } } }, 'spec.networks.vm.gateways: is required'],
];

describe('kinds of Istio', () => {
  it('all have cases below', () => {
    const names = istio.map((k) => k.kind).sort();
    expect([...new Set(accepted.map(([kind]) => kind))].sort()).toEqual(names);
    expect([...new Set(refused.map(([kind]) => kind))].sort()).toEqual(names);
  });

  it.each(accepted)('accept a %s, case %#', (kind, spec) => {
    expect(check(kind, spec)).toEqual([]);
  });

  it.each(refused)('refuse a %s, case %#', (kind, spec, message) => {
    const problems = check(kind, spec);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
  });

  it('are the same in every served version, so that conversion loses nothing', () => {
    for (const { kind, versions, payloadOf, storageVersion } of istio) {
      expect(versions).toContain(storageVersion);
      expect(payloadOf).toEqual({});
      for (const [, spec] of [...accepted, ...refused].filter(([name]) => name === kind)) {
        const [first, ...others] = versions.map((version) => check(kind, spec, version));
        for (const other of others) expect(other).toEqual(first);
      }
    }
  });
});
