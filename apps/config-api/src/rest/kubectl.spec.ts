import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningConfigApi, TestMesh } from '../../test/running-config-api.ts';

/** The real kubectl, if this machine has one. */
function kubectlVersion(): string | undefined {
  try {
    return (
      JSON.parse(execFileSync('kubectl', ['version', '--client', '-o', 'json'], { encoding: 'utf8' })) as {
        clientVersion: { gitVersion: string };
      }
    ).clientVersion.gitVersion;
  } catch {
    return undefined;
  }
}

const version = kubectlVersion();
if (version === undefined) console.warn('kubectl is not on PATH: its spec is skipped');

describe.skipIf(version === undefined)(`kubectl ${version ?? '(not installed)'}`, () => {
  let mesh: TestMesh;
  let api: RunningConfigApi;
  beforeAll(async () => {
    mesh = await TestMesh.create();
    api = await RunningConfigApi.start(mesh);
  });
  afterAll(async () => {
    await api?.close();
    await mesh?.remove();
  });

  /** Runs kubectl with the administrator's kubeconfig; gives what it prints, failures included. */
  async function kubectl(args: string, input?: string): Promise<string> {
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: mesh.folder,
      KUBECONFIG: join(mesh.folder, 'one', 'kubeconfig'),
      KUBE_EDITOR: 'sed -i s/9080/9081/',
    };
    const running = promisify(execFile)('kubectl', args.split(' '), { env, cwd: mesh.folder });
    running.child.stdin?.end(input);
    const { stdout, stderr } = await running.catch((error: { stdout: string; stderr: string }) => error);
    return stdout + stderr;
  }

  const manifest = (weight: number, field = 'weight') => `
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: Service
metadata: { name: reviews, namespace: shop }
spec: { selector: { app: reviews }, ports: [{ port: 9080, name: http }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews, namespace: shop }
spec:
  hosts: [reviews]
  http: [{ route: [{ destination: { host: reviews }, ${field}: ${weight} }] }]
`;

  it('applies, and applies again without a change', async () => {
    expect(await kubectl('apply -f -', manifest(100))).toMatch(
      /namespace\/shop created[^]*service\/reviews created[^]*virtualservice.networking.istio.io\/reviews created/,
    );
    expect((await kubectl('apply -f -', manifest(100))).match(/unchanged/g)).toHaveLength(3);
    expect(await kubectl('apply -f -', manifest(90))).toMatch(/service\/reviews unchanged[^]*reviews configured/);
    expect(await kubectl('apply -f -', manifest(90, 'wieght'))).toContain('did you mean "weight"?');
  });

  it('gets tables, short names, YAML and explanations', async () => {
    expect(await kubectl('get vs -A')).toMatch(/NAMESPACE +NAME +GATEWAYS +HOSTS +AGE\nshop +reviews +\["reviews"\]/);
    expect(await kubectl('get svc,vs -n shop -o name')).toBe(
      'service/reviews\nvirtualservice.networking.istio.io/reviews\n',
    );
    expect(await kubectl('get ns shop -o yaml')).toContain('phase: Active');
    expect(await kubectl('explain virtualservice.spec.http.route')).toContain('weight');
    expect(await kubectl('api-resources')).toContain('authorizationpolicies');
  });

  it('edits, patches, labels and watches', async () => {
    expect(await kubectl('edit svc reviews -n shop')).toContain('edited');
    expect(await kubectl('get svc reviews -n shop')).toContain('9081/TCP');
    const watching = kubectl('get vs -n shop -w --output-watch-events --request-timeout=4s');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await kubectl('label vs reviews -n shop tier=web')).toContain('labeled');
    expect(await kubectl('patch svc reviews -n shop -p {"spec":{"ports":[{"port":9090,"name":"grpc"}]}}')).toContain(
      'patched',
    );
    expect(await kubectl('get svc reviews -n shop')).toContain('9090/TCP');
    expect(await watching).toMatch(/ADDED +reviews[^]*MODIFIED +reviews/);
  });

  it('creates what it sends as protobuf, and deletes', async () => {
    expect(await kubectl('create namespace brief')).toContain('created');
    expect(await kubectl('create secret generic key -n brief --from-literal=a=b')).toContain('created');
    expect(await kubectl('get secret key -n brief -o jsonpath={.data.a}')).toBe('Yg==');
    expect(await kubectl('delete vs reviews -n shop')).toContain('deleted');
    expect(await kubectl('delete ns shop brief')).toMatch(/"shop"[^]*deleted[^]*"brief"[^]*deleted/);
    expect(await kubectl('get svc -A')).toContain('No resources found');
  });
});
