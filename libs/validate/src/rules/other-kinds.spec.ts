import { describe, expect, it } from 'vitest';
import { describeProblem } from '@malla/model';
import { validateObject } from '../validate.ts';

const apiVersions: Record<string, string> = {
  DestinationRule: 'networking.istio.io/v1',
  WorkloadEntry: 'networking.istio.io/v1',
  PeerAuthentication: 'security.istio.io/v1',
  AuthorizationPolicy: 'security.istio.io/v1',
};
const object = (kind: string, spec: unknown, name = 'x') => ({
  apiVersion: apiVersions[kind] ?? 'v1',
  kind,
  metadata: { name },
  spec,
});
const texts = (given: unknown) => validateObject(given).map(describeProblem);

describe('a DestinationRule', () => {
  const rule = (spec: object) => texts(object('DestinationRule', { host: 'reviews', ...spec }));
  const policy = (trafficPolicy: object) => rule({ trafficPolicy });

  it('passes with everything in order', () => {
    const tls = {
      mode: 'MUTUAL',
      credentialName: 'client',
      sni: 'reviews.example.com',
      subjectAltNames: ['spiffe://x/y'],
    };
    const pool = { tcp: { connectTimeout: '1s', idleTimeout: '0s' }, http: { maxConcurrentStreams: 100 } };
    const hash = { consistentHash: { httpCookie: { name: 'user', ttl: '0s' }, maglev: { tableSize: 65537 } } };
    const outlierDetection = { splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 3 };
    expect(
      rule({
        host: '*.example.com',
        trafficPolicy: { tls, connectionPool: pool, loadBalancer: hash, outlierDetection },
        subsets: [{ name: 'v1' }, { name: 'v2', trafficPolicy: { tls: { mode: 'DISABLE' } } }],
      }),
    ).toEqual([]);
  });

  it.each([
    [{ host: 'a.*' }, 'spec.host: may have a wildcard only as "*" or "*.suffix"'],
    [{ subsets: [{ name: 'v1' }, { name: 'v1' }] }, 'spec.subsets[1].name: subset "v1" stands twice'],
    [{ subsets: [{ name: 'v1', trafficPolicy: {} }] }, 'spec.subsets[0].trafficPolicy: must have at least one field'],
  ])('refuses %j', (spec, message) => expect(rule(spec)).toEqual([message]));

  it.each([
    [
      { portLevelSettings: [{ port: { number: 1 } }] },
      'spec.trafficPolicy.portLevelSettings[0]: must have at least one field besides port',
    ],
    [
      { portLevelSettings: [1, 1].map((number) => ({ port: { number }, tls: { mode: 'DISABLE' } })) },
      'spec.trafficPolicy.portLevelSettings[1].port.number: port 1 stands twice',
    ],
    [
      { loadBalancer: { consistentHash: {} } },
      'spec.trafficPolicy.loadBalancer.consistentHash: must have exactly one of httpHeaderName, httpCookie, useSourceIp, httpQueryParameterName',
    ],
    [
      { loadBalancer: { consistentHash: { useSourceIp: true, httpHeaderName: 'a' } } },
      'spec.trafficPolicy.loadBalancer.consistentHash: must have exactly one of httpHeaderName, httpCookie, useSourceIp, httpQueryParameterName',
    ],
    [
      { loadBalancer: { simple: 'RANDOM', consistentHash: { useSourceIp: true } } },
      'spec.trafficPolicy.loadBalancer.consistentHash: cannot stand with simple',
    ],
    [
      { loadBalancer: { consistentHash: { useSourceIp: true, ringHash: {}, maglev: {} } } },
      'spec.trafficPolicy.loadBalancer.consistentHash.maglev: cannot stand with ringHash',
    ],
    [
      { loadBalancer: { consistentHash: { useSourceIp: true, maglev: { tableSize: 65536 } } } },
      'spec.trafficPolicy.loadBalancer.consistentHash.maglev.tableSize: must be a prime number; the default is 65537',
    ],
    [
      { loadBalancer: { consistentHash: { httpHeaderName: 'a b' } } },
      'spec.trafficPolicy.loadBalancer.consistentHash.httpHeaderName: must be a header name (RFC 9110 token)',
    ],
    [{ connectionPool: {} }, 'spec.trafficPolicy.connectionPool: needs tcp or http'],
    [
      { connectionPool: { http: { maxConcurrentStreams: 0 } } },
      'spec.trafficPolicy.connectionPool.http.maxConcurrentStreams: must be between 1 and 2147483647',
    ],
    [
      { connectionPool: { tcp: { connectTimeout: '0s' } } },
      'spec.trafficPolicy.connectionPool.tcp.connectTimeout: must be at least 1ms',
    ],
    [{ outlierDetection: { interval: '0s' } }, 'spec.trafficPolicy.outlierDetection.interval: must be at least 1ms'],
    [
      { outlierDetection: { consecutiveLocalOriginFailures: 1 } },
      'spec.trafficPolicy.outlierDetection.consecutiveLocalOriginFailures: needs splitExternalLocalOriginErrors: true',
    ],
    [{ tls: { mode: 'MUTUAL' } }, 'spec.trafficPolicy.tls.credentialName: is required with mode MUTUAL'],
    [
      { tls: { mode: 'ISTIO_MUTUAL', credentialName: 'a' } },
      'spec.trafficPolicy.tls.credentialName: has no meaning with mode ISTIO_MUTUAL: only with SIMPLE and MUTUAL',
    ],
    [
      { tls: { mode: 'SIMPLE', insecureSkipVerify: true, subjectAltNames: ['a'] } },
      'spec.trafficPolicy.tls.subjectAltNames: cannot stand with insecureSkipVerify',
    ],
    [
      { tls: { mode: 'DISABLE', sni: 'a' } },
      'spec.trafficPolicy.tls: sni and subjectAltNames have no meaning with mode DISABLE',
    ],
  ])('refuses the policy %j', (given, message) => expect(policy(given)).toEqual([message]));
});

describe('a PeerAuthentication', () => {
  const policy = (spec?: object) => texts(object('PeerAuthentication', spec));
  const selector = { matchLabels: { app: 'a' } };

  it('passes with everything in order', () => {
    expect(policy({ mtls: { mode: 'STRICT' } })).toEqual([]);
    expect(policy({ selector, portLevelMtls: { 80: { mode: 'DISABLE' } } })).toEqual([]);
    expect(policy()).toEqual([]);
  });

  it.each([
    [{ portLevelMtls: { 80: {} } }, 'spec.portLevelMtls: needs a selector: ports belong to workloads'],
    [{ selector, portLevelMtls: {} }, 'spec.portLevelMtls: must not be empty; leave the field out'],
    [{ selector, portLevelMtls: { 0: {} } }, 'spec.portLevelMtls["0"]: the key must be a port between 1 and 65535'],
    [
      { selector, portLevelMtls: { '080': {} } },
      'spec.portLevelMtls["080"]: the key must be a port without leading zeros',
    ],
  ])('refuses %j', (spec, message) => expect(policy(spec)).toEqual([message]));
});

describe('an AuthorizationPolicy', () => {
  const policy = (spec?: object) => texts(object('AuthorizationPolicy', spec));
  const rule = (given: object) => policy({ rules: [given] });
  const source = (given: object) => rule({ from: [{ source: given }] });
  const operation = (given: object) => rule({ to: [{ operation: given }] });
  const when = (given: object) => rule({ when: [given] });

  it('passes with everything in order', () => {
    expect(policy()).toEqual([]);
    expect(policy({})).toEqual([]);
    expect(policy({ action: 'DENY', rules: [{}] })).toEqual([]);
    expect(source({ principals: ['cluster.local/ns/a/sa/b', '*/sa/c', 'td/*', '*'], notNamespaces: ['a-*'] })).toEqual(
      [],
    );
    expect(operation({ methods: ['GET', '*'], paths: ['/a/*', '*.js'], ports: ['80'] })).toEqual([]);
    expect(when({ key: 'request.headers[x-user]', notValues: ['a*'] })).toEqual([]);
    expect(when({ key: 'destination.port', values: ['80'] })).toEqual([]);
  });

  it.each([
    [
      policy({ action: 'DENY' }),
      'spec.rules: a DENY policy without rules denies nothing; add the rule {} to deny everything',
    ],
    [source({}), 'spec.rules[0].from[0].source: must have at least one field; leave from out to match every source'],
    [
      operation({}),
      'spec.rules[0].to[0].operation: must have at least one field; leave to out to match every operation',
    ],
    [
      source({ principals: ['spiffe://a/ns/b/sa/c'] }),
      'spec.rules[0].from[0].source.principals[0]: never matches: principals are written without "spiffe://"; write "a/ns/b/sa/c"',
    ],
    [
      operation({ paths: ['/a/*/b'] }),
      'spec.rules[0].to[0].operation.paths[0]: may have one "*" only: alone, at the beginning or at the end',
    ],
    [
      operation({ paths: ['*a*'] }),
      'spec.rules[0].to[0].operation.paths[0]: may have one "*" only: alone, at the beginning or at the end',
    ],
    [
      operation({ paths: ['/a/{*}/b'] }),
      'spec.rules[0].to[0].operation.paths[0]: a path template ({*}, {**}) is not supported yet; use prefix* or *suffix',
    ],
    [operation({ methods: ['G ET'] }), 'spec.rules[0].to[0].operation.methods[0]: must be an HTTP method'],
    [
      operation({ methods: ['get'] }),
      'spec.rules[0].to[0].operation.methods[0]: methods are case-sensitive; did you mean "GET"?',
    ],
    [operation({ paths: ['a'] }), 'spec.rules[0].to[0].operation.paths[0]: never matches: paths begin with "/"'],
    [when({ key: 'source.principal' }), 'spec.rules[0].when[0]: needs values or notValues'],
    [
      when({ key: 'source.ip', values: ['1.2.3.4'] }),
      'spec.rules[0].when[0].key: the condition source.ip is not supported yet; supported: request.headers[NAME], source.principal, source.namespace, destination.port',
    ],
    [
      when({ key: 'source.namespac', values: ['a'] }),
      'spec.rules[0].when[0].key: "source.namespac" is not a condition; did you mean "source.namespace"?',
    ],
    [
      when({ key: 'request.headers[a b]', values: ['a'] }),
      'spec.rules[0].when[0].key: must name a header (RFC 9110 token) in brackets',
    ],
    [
      when({ key: 'destination.port', values: ['0'] }),
      'spec.rules[0].when[0].values[0]: must be a port between 1 and 65535',
    ],
  ])('says %j', (found, message) => expect(found).toEqual([message]));
});

describe('a Service', () => {
  const service = (ports: readonly object[], name = 'reviews') => texts(object('Service', { ports }, name));

  it('passes when every port says its protocol', () => {
    expect(
      service([
        { name: 'http', port: 80 },
        { name: 'grpc-api', port: 81 },
        { name: 'web', port: 82, appProtocol: 'kubernetes.io/h2c' },
      ]),
    ).toEqual([]);
    expect(service([{ port: 80, appProtocol: 'http' }])).toEqual([]);
  });

  it.each([
    [
      service([{ port: 80 }]),
      'spec.ports[0].name: protocol detection is not supported yet; name the port "http-..." (or http2-, grpc-, tcp-) or set appProtocol',
    ],
    [
      service([{ name: 'web', port: 80 }]),
      'spec.ports[0].name: protocol detection is not supported yet; name the port "http-..." (or http2-, grpc-, tcp-) or set appProtocol',
    ],
    [
      service([{ name: 'https-web', port: 443 }]),
      'spec.ports[0].name: protocol https is not supported yet; supported: http, http2, grpc, tcp',
    ],
    [
      service([{ port: 443, appProtocol: 'htp' }]),
      'spec.ports[0].appProtocol: "htp" is not a known protocol; did you mean "http"?',
    ],
    [
      service([{ port: 443, appProtocol: 'https' }]),
      'spec.ports[0].appProtocol: protocol https is not supported yet; supported: http, http2, kubernetes.io/h2c, grpc, tcp',
    ],
    [
      service([
        { port: 80, appProtocol: 'http' },
        { name: 'http', port: 81 },
      ]),
      'spec.ports[0].name: is required with several ports',
    ],
    [
      service([
        { name: 'http', port: 80 },
        { name: 'http', port: 81 },
      ]),
      'spec.ports[1].name: "http" stands twice',
    ],
    [
      service([
        { name: 'http', port: 80 },
        { name: 'http-2', port: 80 },
      ]),
      'spec.ports[1].port: port 80 stands twice',
    ],
    [
      service([{ name: 'http', port: 80 }], 'a.b'),
      'metadata.name: must not have a dot: it becomes one label of a host name',
    ],
  ])('says %j', (found, message) => expect(found).toEqual([message]));
});

describe('a WorkloadEntry', () => {
  const entry = (spec: object) =>
    texts(object('WorkloadEntry', { address: '10.0.0.1', labels: { app: 'a' }, ...spec }));

  it.each([
    [entry({ locality: 'eu/a/1', weight: 3, serviceAccount: 'default', address: '::1' }), []],
    [entry({ address: '0.0.0.0' }), ['spec.address: must be the address of one instance']],
    [entry({ locality: 'a/b/c/d' }), ['spec.locality: must be region, region/zone or region/zone/subzone']],
    [
      entry({ serviceAccount: 'ns/sa' }),
      [
        'spec.serviceAccount: must be the name of a service account (a DNS subdomain); give the name alone, without namespace and domain',
      ],
    ],
    [entry({ labels: {} }), ['spec.labels: no Service selects a workload without labels']],
    [
      entry({ address: 'example.com' }),
      ['spec.address: example.com is not supported yet; must be an IPv4 or IPv6 address'],
    ],
  ])('says %j', (found, messages) => expect(found).toEqual(messages));
});

describe('a Secret', () => {
  const pem = (what: string) => `-----BEGIN ${what}-----\nAAAA\n-----END ${what}-----\n`;
  const secret = (fields: object) => texts({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' }, ...fields });
  const tls = (crt: string, key: string) =>
    secret({ type: 'kubernetes.io/tls', stringData: { 'tls.crt': crt, 'tls.key': key } });

  it('passes with the form of a certificate and a key, plain or encoded', () => {
    expect(tls(pem('CERTIFICATE'), pem('EC PRIVATE KEY'))).toEqual([]);
    expect(
      secret({
        type: 'kubernetes.io/tls',
        data: { 'tls.crt': btoa(pem('CERTIFICATE')), 'tls.key': btoa(pem('PRIVATE KEY')) },
      }),
    ).toEqual([]);
    expect(secret({ data: { any: 'eA==' } })).toEqual([]);
  });

  it.each([
    [
      secret({ type: 'kubernetes.io/tls' }),
      [
        'data["tls.crt"]: is required in a Secret of type kubernetes.io/tls',
        'data["tls.key"]: is required in a Secret of type kubernetes.io/tls',
      ],
    ],
    [tls('hunter2', pem('PRIVATE KEY')), ['stringData["tls.crt"]: must be a certificate in PEM']],
    [
      tls(pem('CERTIFICATE'), pem('ENCRYPTED PRIVATE KEY')),
      ['stringData["tls.key"]: must be an unencrypted private key in PEM'],
    ],
    [
      secret({ stringData: { 'a/b': 'x' } }),
      ['stringData["a/b"]: the key must have letters, digits, "-", "_" and "." only'],
    ],
  ])('says %j', (found, messages) => expect(found).toEqual(messages));
});

describe('a Namespace', () => {
  it('has a name that is one DNS label', () => {
    expect(texts({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })).toEqual([]);
    expect(texts({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop.eu' } })).toHaveLength(1);
  });
});
