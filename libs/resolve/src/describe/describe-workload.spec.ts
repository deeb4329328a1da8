import { describe, expect, it } from 'vitest';
import { bookinfo, Mesh, proxyOf, resourcesOf, reviewsRoutes, service } from '../../test/mesh-fixture.ts';
import { describeWorkload } from './describe-workload.ts';
import type { WorkloadDescription } from './description.ts';

const mine = 'selector: { matchLabels: { app: reviews } }';

function object(apiVersion: string, kind: string, name: string, spec: string): string {
  const [namespace, own] = name.includes('/') ? (name.split('/') as [string, string]) : ['default', name];
  return `\n---\napiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: ${own}, namespace: ${namespace} }\nspec: ${spec}\n`;
}
const security = (kind: string, name: string, spec: string) => object('security.istio.io/v1', kind, name, spec);
const networking = (kind: string, name: string, spec: string) => object('networking.istio.io/v1', kind, name, spec);

/** The description of reviews-v1. */
function described(yaml: string): WorkloadDescription {
  const whole = bookinfo + yaml;
  const proxy = proxyOf({ labels: { app: 'reviews', version: 'v1' }, workload: 'reviews-v1' });
  return describeWorkload({ snapshot: new Mesh(whole).snapshot, proxy, objects: resourcesOf(whole) });
}

const names = (objects: readonly { origin: { namespace: string; name: string }; level: string }[]) =>
  objects.map(({ origin, level }) => `${origin.namespace}/${origin.name} ${level}`);

describe('describeWorkload', () => {
  it('without policies tells the defaults', () => {
    expect(described('')).toEqual({
      services: ['reviews.default.svc.cluster.local'],
      ports: [
        {
          port: 8080,
          protocol: 'http',
          service: 'reviews.default.svc.cluster.local',
          mutualTls: { mode: 'permissive' },
        },
      ],
      otherPorts: { mode: 'permissive' },
      peerAuthentications: [],
      authorization: { deny: [], allow: [], otherwise: 'allow' },
      destinations: [],
      routes: [],
      selecting: [],
      cuts: [],
      diagnostics: [],
    });
  });

  it('tells which PeerAuthentication decides for each port, and the others in order', () => {
    const found = described(
      security('PeerAuthentication', 'istio-system/all', '{ mtls: { mode: STRICT } }') +
        security('PeerAuthentication', 'here', '{ mtls: { mode: UNSET } }') +
        security('PeerAuthentication', 'one', `{ ${mine}, portLevelMtls: { 8080: { mode: DISABLE } } }`) +
        security(
          'PeerAuthentication',
          'other',
          '{ selector: { matchLabels: { app: ratings } }, mtls: { mode: DISABLE } }',
        ),
    );
    expect(names(found.peerAuthentications)).toEqual([
      'default/one workload',
      'default/here namespace',
      'istio-system/all mesh',
    ]);
    expect(found.ports[0]?.mutualTls).toMatchObject({ mode: 'disable', origin: { name: 'one' } });
    expect(found.otherPorts).toMatchObject({ mode: 'strict', origin: { namespace: 'istio-system', name: 'all' } });
  });

  it('tells AuthorizationPolicies in the order in which they decide', () => {
    const found = described(
      security(
        'AuthorizationPolicy',
        'allow',
        `{ ${mine}, rules: [{}, { to: [{ operation: { methods: [GET] } }] }] }`,
      ) +
        security(
          'AuthorizationPolicy',
          'istio-system/deny',
          '{ action: DENY, rules: [{ to: [{ operation: { paths: [/x] } }] }] }',
        ) +
        security('AuthorizationPolicy', 'other', '{ selector: { matchLabels: { app: ratings } }, rules: [{}] }'),
    );
    expect(names(found.authorization.deny)).toEqual(['istio-system/deny mesh']);
    expect(found.authorization.allow).toMatchObject([{ origin: { name: 'allow' }, level: 'workload', rules: 2 }]);
    expect(found.authorization.otherwise).toBe('deny');
  });

  it('tells what is merged for each host, and who routes it', () => {
    const found = described(
      networking('DestinationRule', 'one', '{ host: ratings, subsets: [{ name: v1, labels: { version: v1 } }] }') +
        networking('DestinationRule', 'two', '{ host: ratings, trafficPolicy: { loadBalancer: { simple: RANDOM } } }') +
        networking('DestinationRule', 'far/hidden', '{ host: details.default.svc.cluster.local, exportTo: [.] }') +
        reviewsRoutes('- route: [{ destination: { host: reviews } }]', 'first') +
        reviewsRoutes('- route: [{ destination: { host: reviews } }]', 'second') +
        networking(
          'VirtualService',
          'far',
          '{ hosts: [far.example], http: [{ route: [{ destination: { host: details } }] }] }',
        ),
    );
    expect(found.destinations).toMatchObject([
      {
        host: 'ratings.default.svc.cluster.local',
        origins: [{ name: 'one' }, { name: 'two' }],
        subsets: ['v1'],
        trafficPolicy: { loadBalancer: { simple: 'RANDOM' } },
      },
    ]);
    expect(found.routes.map(({ host, origins }) => [host, ...origins.map(({ name }) => name)])).toEqual([
      ['reviews.default.svc.cluster.local', 'first', 'second'],
      ['far.example', 'far'],
    ]);
    expect(found.diagnostics).toMatchObject([{ code: 'duplicate_host', origin: { name: 'second' } }]);
  });

  it('tells what selects the workload and is not enforced yet', () => {
    const found = described(
      networking('Sidecar', 'here', '{ egress: [{ hosts: ["./*"] }] }') +
        networking(
          'Sidecar',
          'mine',
          '{ workloadSelector: { labels: { app: reviews } }, egress: [{ hosts: ["./*"] }] }',
        ) +
        security('RequestAuthentication', 'mine', `{ ${mine} }`) +
        security('RequestAuthentication', 'other', '{ selector: { matchLabels: { app: ratings } } }') +
        security('RequestAuthentication', 'elsewhere/far', '{}') +
        security('AuthorizationPolicy', 'audit', '{ action: AUDIT, rules: [{}] }') +
        object('telemetry.istio.io/v1', 'Telemetry', 'mine', `{ ${mine} }`) +
        object('telemetry.istio.io/v1', 'Telemetry', 'istio-system/all', '{}'),
    );
    // A Sidecar for the workload takes the place of that of its namespace.
    const shown = found.selecting.map(
      ({ origin, level }) => `${origin.kind} ${origin.namespace}/${origin.name} ${level}`,
    );
    expect(shown).toEqual([
      'Sidecar default/mine workload',
      'RequestAuthentication default/mine workload',
      'AuthorizationPolicy default/audit namespace',
      'Telemetry istio-system/all mesh',
      'Telemetry default/mine workload',
    ]);
    expect(found.selecting.find(({ origin }) => origin.name === 'audit')?.enforced).toBe(false);
  });

  it('tells parts that are not enforced yet only of objects that apply', () => {
    const rules = '[{ from: [{ source: { ipBlocks: [10.0.0.0/8] } }] }]';
    const found = described(
      security('AuthorizationPolicy', 'mine', `{ ${mine}, rules: ${rules} }`) +
        security('AuthorizationPolicy', 'other', `{ selector: { matchLabels: { app: ratings } }, rules: ${rules} }`) +
        service('extra', 'elsewhere'),
    );
    expect(new Set(found.cuts.map(({ origin }) => origin.name))).toEqual(new Set(['mine']));
    expect(found.authorization.allow).toMatchObject([{ rules: 0 }]);
  });
});
