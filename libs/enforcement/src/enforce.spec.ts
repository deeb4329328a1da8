import { describe, expect, it } from 'vitest';
import { formatPath, parseManifests, type Resource } from '@malla/model';
import { describeCut } from './cuts.ts';
import { enforce } from './enforce.ts';

function object(kind: string, spec: string): Resource {
  const text = `apiVersion: ${kind.slice(0, kind.lastIndexOf('/'))}\nkind: ${kind.slice(kind.lastIndexOf('/') + 1)}\nmetadata: { name: a, namespace: n }\nspec: ${spec}\n`;
  return parseManifests(text).resources[0]?.resource as Resource;
}

const virtualService = (spec: string) => object('networking.istio.io/v1/VirtualService', spec);
const rule = (text: string) =>
  virtualService(`{ hosts: [a], http: [${text}, { route: [{ destination: { host: a } }] }] }`);
const policy = (spec: string) => object('security.istio.io/v1/AuthorizationPolicy', spec);
const destinationRule = (spec: string) => object('networking.istio.io/v1/DestinationRule', spec);

function cutsOf(resource: Resource): string[] {
  return enforce(resource).cuts.map(({ path, effect }) => `${formatPath(path)} ${effect}`);
}

const specOf = (resource: Resource) =>
  enforce(resource).view?.['spec'] as { http?: readonly object[]; rules?: unknown };

describe('enforce', () => {
  it('gives the object itself when all of it is enforced, and the identical view each time', () => {
    const whole = rule('{ match: [{ uri: { prefix: / }, headers: { x: { exact: y } } }], timeout: 1s }');
    expect(enforce(whole)).toEqual({ view: whole, cuts: [] });
    expect(enforce(whole).view).toBe(whole);
    const partly = rule('{ corsPolicy: { allowOrigins: [] }, timeout: 1s }');
    expect(enforce(partly).view).toBe(enforce(partly).view);
  });

  it('ignores what only adds, at its top, and says so', () => {
    const resource = rule('{ timeout: 1s, corsPolicy: { maxAge: 1s, allowMethods: [GET] } }');
    expect(cutsOf(resource)).toEqual(['spec.http[0].corsPolicy ignored']);
    expect(specOf(resource).http?.[0]).toEqual({ timeout: '1s' });
    expect(enforce(resource).cuts.map(describeCut)).toMatchObject([
      { level: 'warning', path: 'spec.http[0].corsPolicy', message: 'is valid, but not enforced yet: it does nothing' },
    ]);
  });

  it('leaves out a kind that is not enforced, and says nothing of kinds that are only kept', () => {
    expect(enforce(object('networking.istio.io/v1/Sidecar', '{}'))).toEqual({
      view: undefined,
      cuts: [{ path: [], effect: 'object_left_out' }],
    });
    expect(enforce(object('apps/v1/Deployment', '{}'))).toEqual({ view: undefined, cuts: [] });
  });
});

describe('a VirtualService', () => {
  it('is for sidecars and gateways, its TLS and TCP rules for gateways alone', () => {
    const gateway = virtualService('{ hosts: [a], gateways: [gw], http: [{ timeout: 1s }], tcp: [{ route: [] }] }');
    expect(enforce(gateway)).toEqual({ view: gateway, cuts: [] });
    const both = virtualService('{ hosts: [a], gateways: [gw, mesh], tcp: [{ route: [] }] }');
    expect(specOf(both)).toHaveProperty('tcp');
    expect(cutsOf(both)).toEqual(['spec.tcp ignored']);
    expect(enforce(virtualService('{ hosts: [a], tcp: [{ route: [] }] }')).view).toBeUndefined();
  });

  it('loses TCP rules whose conditions no gateway can decide', () => {
    const subnets = '{ match: [{ destinationSubnets: [10.0.0.0/8] }], route: [] }';
    const stream = virtualService(`{ hosts: [a], gateways: [gw], tcp: [${subnets}, { route: [] }] }`);
    expect(specOf(stream)).toMatchObject({ tcp: [{ route: [] }] });
    expect(cutsOf(stream)).toEqual(['spec.tcp[0].match[0].destinationSubnets never_matches']);
  });

  it('loses a match that has a condition which cannot be decided, and the rule with its last match', () => {
    const one = rule('{ match: [{ scheme: { exact: https } }, { uri: { exact: /x } }], timeout: 1s }');
    expect(specOf(one).http?.[0]).toEqual({ match: [{ uri: { exact: '/x' } }], timeout: '1s' });
    expect(specOf(rule('{ match: [{ headers: { "@request.auth.claims.sub": { exact: x } } }] }')).http).toHaveLength(1);
  });

  it('answers 503 where a direct response is written, so that the next rule does not', () => {
    const direct = rule('{ match: [{ uri: { exact: /x } }], directResponse: { status: 403 } }');
    expect(specOf(direct).http?.[0]).toEqual({
      match: [{ uri: { exact: '/x' } }],
      route: [{ destination: { host: 'not-enforced.invalid' }, weight: 0 }],
    });
    expect(cutsOf(direct)).toEqual(['spec.http[0].directResponse unavailable']);
  });

  it('reads the old percentages and a single mirror of the list as what they are', () => {
    const old = rule(
      '{ fault: { delay: { percent: 5, fixedDelay: 1s } }, mirrors: [{ destination: { host: m }, percentage: { value: 7 } }] }',
    );
    expect(specOf(old).http?.[0]).toEqual({
      fault: { delay: { fixedDelay: '1s', percentage: { value: 5 } } },
      mirror: { host: 'm' },
      mirrorPercentage: { value: 7 },
    });
    expect(cutsOf(old)).toEqual([]);
  });

  it('loses an abort with a status that is not enforced, and header values with commands', () => {
    const faulty = rule(
      '{ fault: { abort: { grpcStatus: NOT_FOUND } }, headers: { request: { set: { a: "%X%", b: c } } } }',
    );
    expect(specOf(faulty).http?.[0]).toEqual({ headers: { request: { set: { b: 'c' } } } });
    expect(cutsOf(faulty)).toEqual(['spec.http[0].fault.abort ignored', 'spec.http[0].headers.request.set.a ignored']);
  });

  it('does nothing without rules for HTTP, or exported to nobody', () => {
    const tcp = virtualService('{ hosts: [a], tcp: [{ route: [{ destination: { host: a } }] }] }');
    expect(enforce(tcp).view).toBeUndefined();
    expect(cutsOf(tcp)).toEqual(['spec.tcp ignored']);
    expect(enforce(virtualService('{ hosts: [a], exportTo: ["~"], http: [{ timeout: 1s }] }'))).toEqual({
      view: undefined,
      cuts: [],
    });
  });
});

describe('an AuthorizationPolicy', () => {
  const from = (action: string, source: string) =>
    policy(`{ action: ${action}, rules: [{ from: [{ source: ${source} }] }] }`);

  it('allows nothing by a source that cannot be decided', () => {
    expect(specOf(from('ALLOW', '{ ipBlocks: [10.0.0.0/8], namespaces: [a] }')).rules).toEqual([]);
    expect(specOf(from('ALLOW', '{ notRequestPrincipals: ["*"] }')).rules).toEqual([]);
    const two = policy(
      '{ rules: [{ from: [{ source: { ipBlocks: [1.2.3.4] } }, { source: { namespaces: [a] } }], to: [{ operation: { methods: [GET] } }] }] }',
    );
    expect(specOf(two).rules).toEqual([
      { from: [{ source: { namespaces: ['a'] } }], to: [{ operation: { methods: ['GET'] } }] },
    ]);
  });

  it('denies more by a source that cannot be decided', () => {
    expect(specOf(from('DENY', '{ ipBlocks: [10.0.0.0/8], namespaces: [a] }')).rules).toEqual([
      { from: [{ source: { namespaces: ['a'] } }] },
    ]);
    expect(specOf(from('DENY', '{ ipBlocks: [10.0.0.0/8] }')).rules).toEqual([{}]);
  });

  it('treats conditions alike', () => {
    const when = (action: string) =>
      policy(
        `{ action: ${action}, rules: [{ when: [{ key: source.ip, values: [1.2.3.4] }, { key: source.namespace, values: [a] }] }] }`,
      );
    expect(specOf(when('ALLOW')).rules).toEqual([]);
    expect(specOf(when('DENY')).rules).toEqual([{ when: [{ key: 'source.namespace', values: ['a'] }] }]);
  });

  it('asks an authorizer about more where a condition is not enforced, and does nothing for AUDIT and targets', () => {
    const custom = policy(
      '{ action: CUSTOM, provider: { name: x }, rules: [{ from: [{ source: { ipBlocks: [10.1.2.3] } }], to: [{ operation: { paths: [/a] } }] }] }',
    );
    expect(specOf(custom)).toEqual({
      action: 'CUSTOM',
      provider: { name: 'x' },
      rules: [{ to: [{ operation: { paths: ['/a'] } }] }],
    });
    expect(cutsOf(custom)).toEqual(['spec.rules[0].from[0].source.ipBlocks asks_more']);
    expect(enforce(policy('{ action: AUDIT, rules: [{}] }')).view).toBeUndefined();
    expect(
      enforce(policy('{ targetRefs: [{ kind: Gateway, name: g }], action: DENY, rules: [{}] }')).view,
    ).toBeUndefined();
  });
});

describe('a DestinationRule', () => {
  it('for some callers does not become one for all', () => {
    expect(enforce(destinationRule('{ host: a, workloadSelector: { matchLabels: { a: b } } }')).view).toBeUndefined();
  });

  it('fails connections whose trust is in files', () => {
    const files = destinationRule(
      '{ host: a, trafficPolicy: { tls: { mode: SIMPLE, caCertificates: /ca.pem, sni: s } } }',
    );
    expect(enforce(files).view?.['spec']).toEqual({
      host: 'a',
      trafficPolicy: { tls: { mode: 'SIMPLE', sni: 's', credentialName: 'not-enforced.invalid' } },
    });
    expect(cutsOf(files)).toEqual(['spec.trafficPolicy.tls.caCertificates connections_fail']);
  });
});

describe('a Service', () => {
  const service = (spec: string) => object('v1/Service', spec);

  it('keeps its TCP ports and its address, if it has one', () => {
    const mixed = service(
      '{ type: NodePort, clusterIP: None, ports: [{ port: 53, protocol: UDP }, { name: http, port: 80, nodePort: 1 }] }',
    );
    expect(enforce(mixed).view?.['spec']).toEqual({ ports: [{ name: 'http', port: 80 }] });
    expect(cutsOf(mixed)).toEqual([
      'spec.ports[0].protocol value_left_out',
      'spec.type ignored',
      'spec.ports[0].nodePort ignored',
    ]);
    expect(enforce(service('{ type: ExternalName, externalName: x.example }')).view).toBeUndefined();
  });
});

describe('a port of a Service', () => {
  const service = (port: string) => object('v1/Service', `{ ports: [${port}] }`);

  it.each(['{ port: 1 }', '{ port: 1, name: web }', '{ port: 1, name: httpd }'])('%s is opaque TCP', (port) => {
    expect(enforce(service(port)).view).toBeDefined();
    expect(cutsOf(service(port))).toEqual(['spec.ports[0] opaque_tcp']);
  });

  it.each(['{ port: 1, name: http-web }', '{ port: 1, appProtocol: redis }'])('%s says its protocol', (port) => {
    expect(cutsOf(service(port))).toEqual([]);
  });
});

describe('a WorkloadEntry', () => {
  it('needs an IP address', () => {
    const entry = (address: string) => object('networking.istio.io/v1/WorkloadEntry', `{ address: ${address} }`);
    expect(enforce(entry('10.0.0.1')).view).toBeDefined();
    expect(enforce(entry('x.example')).view).toBeUndefined();
  });
});

describe('a Gateway', () => {
  const gateway = (...servers: string[]) =>
    object('networking.istio.io/v1/Gateway', `{ selector: { istio: x }, servers: [${servers.join(', ')}] }`);
  const server = (more: string) => `{ port: { number: 443, name: web, protocol: HTTPS }, hosts: ['*'], ${more} }`;
  const serversOf = (resource: Resource) => (specOf(resource) as { servers?: readonly unknown[] }).servers;

  it('is enforced with a certificate from a Secret', () => {
    const whole = gateway(server('tls: { mode: MUTUAL, credentialName: web, minProtocolVersion: TLSV1_3 }'));
    expect(enforce(whole)).toEqual({ view: whole, cuts: [] });
  });

  it.each([
    'serverCertificate: /a, privateKey: /b',
    'credentialName: web, verifyCertificateSpki: [a]',
    'credentialNames: [a, b]',
    'credentialName: web, caCertCredentialName: other',
  ])('fails TLS rather than making it less than what is written: %s', (tls) => {
    const resource = gateway(server(`tls: { mode: MUTUAL, ${tls} }`));
    expect(serversOf(resource)).toMatchObject([{ tls: { mode: 'MUTUAL', credentialName: 'not-enforced.invalid' } }]);
    expect(cutsOf(resource).every((cut) => cut.endsWith('connections_fail'))).toBe(true);
  });

  it('does not take any certificate of the mesh for one with a key of its own', () => {
    const resource = gateway(server('tls: { mode: ISTIO_MUTUAL, verifyCertificateSpki: [a] }'));
    expect(serversOf(resource)).toMatchObject([{ tls: { mode: 'MUTUAL', credentialName: 'not-enforced.invalid' } }]);
  });

  it('leaves out servers that it cannot open, and itself with the last of them', () => {
    const others = [
      "{ port: { number: 0, name: a, protocol: HTTP }, bind: 'unix:///a', hosts: ['*'] }",
      "{ port: { number: 1, name: b, protocol: UDP }, hosts: ['*'] }",
      server('tls: { mode: AUTO_PASSTHROUGH }'),
    ];
    expect(serversOf(gateway(...others, server('tls: { mode: PASSTHROUGH }')))).toHaveLength(1);
    expect(enforce(gateway(...others)).view).toBeUndefined();
    expect(cutsOf(gateway(...others)).map((cut) => cut.split(' ')[1])).toEqual(Array(3).fill('value_left_out'));
  });
});

describe('a ServiceEntry', () => {
  const entry = (spec: string) =>
    object('networking.istio.io/v1/ServiceEntry', `{ ports: [{ number: 80, name: http, protocol: HTTP }], ${spec} }`);

  it('is enforced where the mesh knows its endpoints or can look them up', () => {
    const whole = entry('hosts: [a.test], resolution: DNS, location: MESH_EXTERNAL');
    expect(enforce(whole)).toEqual({ view: whole, cuts: [] });
    for (const resolution of ['NONE', 'DNS_ROUND_ROBIN', 'DYNAMIC_DNS'])
      expect(cutsOf(entry(`hosts: [a.test], resolution: ${resolution}`))).toEqual(['spec.resolution object_left_out']);
    expect(cutsOf(entry('hosts: [a.test]'))).toEqual(['spec.resolution object_left_out']);
  });

  it('does nothing rather than trusting more certificates than what is written', () => {
    const resource = entry('hosts: [a.test], resolution: STATIC, subjectAltNames: [b]');
    expect(enforce(resource).view).toBeUndefined();
  });

  it('loses patterns, blocks of addresses and sockets', () => {
    const resource = entry(
      "hosts: ['*.test', a.test], addresses: [10.0.0.0/8, 10.0.0.1, 10.0.0.2, 'fd00::1'], resolution: STATIC, endpoints: [{ address: 'unix:///a' }, { address: 10.0.0.3 }]",
    );
    expect(specOf(resource)).toMatchObject({
      hosts: ['a.test'],
      addresses: ['10.0.0.1', 'fd00::1'],
      endpoints: [{ address: '10.0.0.3' }],
    });
    expect(cutsOf(resource)).toHaveLength(4);
    expect(enforce(entry("hosts: ['*.test'], resolution: STATIC")).view).toBeUndefined();
  });
});

describe('a Telemetry', () => {
  const telemetry = (spec: string) => object('telemetry.istio.io/v1/Telemetry', spec);

  it('loses labels and changes that no proxy could make, and says why', () => {
    const resource = telemetry(`{ metrics: [{ reportingInterval: 5s, overrides: [
      { match: { customMetric: mine }, disabled: true },
      { match: { customMetric: istio_requests_total }, tagOverrides: {
        host: { value: request.host }, le: { value: 'true' }, both: { value: "request.host + 'x'" }, gone: { operation: REMOVE } } } ] }] }`);
    const { view, cuts } = enforce(resource);
    expect(view?.['spec']).toEqual({
      metrics: [
        {
          overrides: [
            {
              match: { customMetric: 'istio_requests_total' },
              tagOverrides: { host: { value: 'request.host' }, gone: { operation: 'REMOVE' } },
            },
          ],
        },
      ],
    });
    expect(cuts.map(describeCut).map(({ path, message }) => `${path} ${message}`)).toEqual([
      "spec.metrics[0].overrides[0].match.customMetric is valid, but not enforced yet (no metric of Istio's has that name): the rule is left out",
      'spec.metrics[0].overrides[1].tagOverrides.le is valid, but not enforced yet (that is no name of a label): the value is left out',
      "spec.metrics[0].overrides[1].tagOverrides.both is valid, but not enforced yet ('+' of string): the value is left out",
      'spec.metrics[0].reportingInterval is valid, but not enforced yet: it does nothing',
    ]);
  });

  it('logs nothing where its condition cannot be evaluated', () => {
    const logs = telemetry(
      `{ accessLogging: [{ filter: { expression: 'filter_state.x == 1' } }, { filter: { expression: ' response.code >= 400 ' } }] }`,
    );
    expect(enforce(logs).view?.['spec']).toEqual({
      accessLogging: [{ filter: { expression: ' response.code >= 400 ' } }],
    });
    expect(cutsOf(logs)).toEqual(['spec.accessLogging[0].filter.expression rule_left_out']);
  });
});
