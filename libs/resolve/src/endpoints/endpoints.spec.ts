import { describe, expect, it } from 'vitest';
import { bookinfo, Mesh, reviewsRule, workload } from '../../test/mesh-fixture.ts';

const addresses = (mesh: Mesh, subset = '') =>
  mesh.endpoints(subset)?.localities.flatMap((l) => l.endpoints.map((e) => `${e.address}:${e.port}`));
const peer = (name: string, namespace: string, spec: string) => `
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: ${name}, namespace: ${namespace} }
spec: ${spec}`;

describe('endpoints', () => {
  it('are the workloads that the service selects, and of a subset those with its labels', () => {
    const mesh = new Mesh(
      bookinfo + reviewsRule('subsets: [{ name: v2, labels: { version: v2 } }, { name: v3, labels: { version: v3 } }]'),
    );
    expect(addresses(mesh)).toEqual(['10.1.0.1:8080', '10.1.0.2:8080']);
    expect(addresses(mesh, 'v2')).toEqual(['10.1.0.2:8080']);
    expect(addresses(mesh, 'v3')).toEqual([]);
  });

  it('of other namespaces do not belong to it', () => {
    expect(addresses(new Mesh(bookinfo, [workload('a', { app: 'reviews' }, { namespace: 'other' })]))).toEqual([]);
  });

  it.each([
    ['the name of the service port', { http: 1 }, 1],
    ['the target port', { '8080': 2 }, 2],
    ['nothing: the target port', { other: 3 }, 8080],
  ])('are at the port mapped by %s', (_, ports, port) => {
    expect(addresses(new Mesh(bookinfo, [workload('a', { app: 'reviews' }, { ports })]))).toEqual([`10.1.0.1:${port}`]);
  });

  it('are not led astray by names that every object has', () => {
    const named = bookinfo.replaceAll('name: http', 'name: constructor, appProtocol: http');
    expect(addresses(new Mesh(named))).toEqual(['10.1.0.1:8080', '10.1.0.2:8080']);
    expect(addresses(new Mesh(bookinfo.replace('targetPort: 8080', 'targetPort: constructor')))).toEqual([]);
  });

  it('with a named target port need the workload to have it', () => {
    const mesh = new Mesh(bookinfo.replace('targetPort: 8080', 'targetPort: web'), [
      workload('a', { app: 'reviews' }, { ports: { web: 7070 } }),
      workload('b', { app: 'reviews' }),
    ]);
    expect(addresses(mesh)).toEqual(['10.1.0.1:7070']);
  });

  it('are grouped by locality and keep weight, health and IPv6 addresses', () => {
    const mesh = new Mesh(bookinfo, [
      workload('a', { app: 'reviews' }, { locality: 'r/z2', weight: 3 }),
      workload(
        'b',
        { app: 'reviews', 'service.istio.io/canonical-name': 'rev', version: 'v7' },
        { locality: 'r/z1', healthy: false, addresses: ['::1', '10.0.0.9'] },
      ),
    ]);
    expect(mesh.endpoints()?.localities).toEqual([
      {
        locality: 'r/z1',
        endpoints: [
          {
            address: '::1',
            port: 8080,
            weight: 1,
            healthy: false,
            mutualTls: true,
            workload: { name: 'b', namespace: 'default', canonicalService: 'rev', revision: 'v7', cluster: 'local' },
          },
        ],
      },
      {
        locality: 'r/z2',
        endpoints: [
          expect.objectContaining({
            weight: 3,
            workload: expect.objectContaining({ canonicalService: 'reviews', revision: 'latest' }),
          }),
        ],
      },
    ]);
  });

  it('come from WorkloadEntries too; a live registration of the name wins', () => {
    const entry = (name: string) => `
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: { name: ${name}, namespace: default }
spec: { address: 10.9.9.9, labels: { app: reviews }, ports: { http: 81 }, weight: 5, serviceAccount: vm }`;
    const mesh = new Mesh(bookinfo + entry('vm') + entry('reviews-v1'));
    expect(addresses(mesh)).toEqual(['10.1.0.1:8080', '10.1.0.2:8080', '10.9.9.9:81']);
    expect(mesh.endpoints()?.localities[0]?.endpoints[2]).toMatchObject({ weight: 5, mutualTls: false });
    expect(mesh.cluster()?.tls).toMatchObject({
      subjectAltNames: [expect.stringContaining('reviews'), expect.stringContaining('vm')],
    });
  });
});

describe('auto mutual TLS', () => {
  const takes = (policies: string, more = {}) => {
    const mesh = new Mesh(bookinfo + policies, [workload('a', { app: 'reviews', version: 'v1' }, more)]);
    return mesh.endpoints()?.localities[0]?.endpoints[0]?.mutualTls;
  };

  it('needs a proxy that takes it', () => {
    expect(takes('')).toBe(true);
    expect(takes('', { mutualTls: false })).toBe(false);
  });

  it.each([
    ['the mesh', peer('m', 'istio-system', '{ mtls: { mode: DISABLE } }')],
    ['the namespace', peer('n', 'default', '{ mtls: { mode: DISABLE } }')],
    ['the workload', peer('w', 'default', '{ selector: { matchLabels: { app: reviews } }, mtls: { mode: DISABLE } }')],
    [
      'the port',
      peer(
        'p',
        'default',
        '{ selector: { matchLabels: { app: reviews } }, portLevelMtls: { "8080": { mode: DISABLE } } }',
      ),
    ],
  ])('is not tried where %s disables it', (_, policy) => expect(takes(policy)).toBe(false));

  it('is decided by the narrowest policy that says something', () => {
    const strictNamespace = peer('n', 'default', '{ mtls: { mode: STRICT } }');
    const off = peer('m', 'istio-system', '{ mtls: { mode: DISABLE } }');
    const unset = peer('w', 'default', '{ selector: { matchLabels: { app: reviews } }, mtls: { mode: UNSET } }');
    expect(takes(off + strictNamespace + unset)).toBe(true);
    expect(takes(off + unset)).toBe(false);
  });
});
