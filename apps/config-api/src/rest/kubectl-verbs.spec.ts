import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningConfigApi, TestMesh } from '../../test/running-config-api.ts';

const version = kubectlVersion();

function kubectlVersion(): string | undefined {
  try {
    const { clientVersion } = JSON.parse(
      execFileSync('kubectl', ['version', '--client', '-o', 'json'], { encoding: 'utf8' }),
    ) as {
      clientVersion: { gitVersion: string };
    };
    return clientVersion.gitVersion;
  } catch {
    return undefined;
  }
}

const service = (port: number, more = ''): string => `
apiVersion: v1
kind: Service
metadata: { name: reviews, namespace: shop }
spec: { selector: { app: reviews }, ports: [{ port: ${port}, name: p${port} }] }
${more}`;
const route = (weight: number): string => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews, namespace: shop }
spec:
  hosts: [reviews]
  http: [{ route: [{ destination: { host: reviews }, weight: ${weight} }] }]
`;
const gateway = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec: { gatewayClassName: malla, listeners: [{ name: http, port: 80, protocol: HTTP }] }
`;

/** Every verb of kubectl that makes sense here, by the program itself. */
describe.skipIf(version === undefined)(`the verbs of kubectl ${version ?? '(not installed: skipped)'}`, () => {
  let mesh: TestMesh;
  let api: RunningConfigApi;
  beforeAll(async () => {
    mesh = await TestMesh.create();
    api = await RunningConfigApi.start(mesh);
    await kubectl('create namespace shop');
    await kubectl('apply -f -', service(9080));
  });
  afterAll(async () => {
    await api?.close();
    await mesh?.remove();
  });

  /** Runs kubectl with the administrator's kubeconfig; gives what it prints, failures included. */
  async function kubectl(args: string | readonly string[], input?: string, editor = 'true'): Promise<string> {
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: mesh.folder,
      KUBECONFIG: join(mesh.folder, 'one', 'kubeconfig'),
      KUBE_EDITOR: editor,
    };
    const list = typeof args === 'string' ? args.split(' ') : args;
    const running = promisify(execFile)('kubectl', list, { env, cwd: mesh.folder });
    running.child.stdin?.end(input);
    const { stdout, stderr } = await running.catch((error: { stdout: string; stderr: string }) => error);
    return stdout + stderr;
  }

  it('apply --server-side: conflicts, force, transfer, and taking over from client-side apply', async () => {
    expect(await kubectl('apply --server-side -f -', route(100))).toContain('serverside-applied');
    const conflict = await kubectl('apply --server-side --field-manager=other -f -', route(90));
    expect(conflict).toMatch(/Apply failed with 1 conflict[^]*conflict with "kubectl"[^]*\.spec\.http/);
    expect(await kubectl('apply --server-side --field-manager=other --force-conflicts -f -', route(90))).toContain(
      'serverside-applied',
    );
    expect(await kubectl('get vs reviews -n shop -o yaml --show-managed-fields')).toMatch(
      /manager: other[^]*operation: Apply/,
    );
    // What was applied without --server-side is taken over without a conflict, and what is then left out goes.
    expect(await kubectl('apply --server-side -f -', service(9090))).toContain('serverside-applied');
    expect(await kubectl('get svc reviews -n shop -o jsonpath={.spec.ports[*].port}')).toBe('9090');
    expect(await kubectl('apply -f -', service(9080))).toContain('configured');
  });

  it('create, replace, patch in its three ways, edit, label, annotate', async () => {
    expect(await kubectl('create configmap settings -n shop --from-literal=a=one')).toContain('created');
    expect(await kubectl('create configmap settings -n shop --from-literal=a=one')).toContain('already exists');
    expect(await kubectl('create sa robot -n shop')).toContain('created');
    expect(await kubectl('replace -f -', service(9070))).toContain('replaced');
    expect(await kubectl('replace --force -f -', service(9080))).toMatch(/deleted[^]*replaced/);
    expect(
      await kubectl([
        'patch',
        'svc',
        'reviews',
        '-n',
        'shop',
        '-p',
        '{"spec":{"ports":[{"port":9081,"name":"grpc"}]}}',
      ]),
    ).toContain('patched');
    expect(await kubectl('get svc reviews -n shop -o jsonpath={.spec.ports[*].port}')).toBe('9080 9081');
    expect(
      await kubectl([
        'patch',
        'vs',
        'reviews',
        '-n',
        'shop',
        '--type=merge',
        '-p',
        '{"metadata":{"labels":{"a":"b"}}}',
      ]),
    ).toContain('patched');
    expect(
      await kubectl([
        'patch',
        'vs',
        'reviews',
        '-n',
        'shop',
        '--type=json',
        '-p',
        '[{"op":"remove","path":"/metadata/labels/a"}]',
      ]),
    ).toContain('patched');
    expect(await kubectl('edit configmap settings -n shop', undefined, 'sed -i s/one/two/')).toContain('edited');
    expect(await kubectl('label vs reviews -n shop tier=web')).toContain('labeled');
    expect(await kubectl('annotate vs reviews -n shop note=x')).toContain('annotated');
    expect(await kubectl('get vs -n shop -l tier=web -o name')).toBe('virtualservice.networking.istio.io/reviews\n');
    expect(await kubectl('label vs reviews -n shop tier-')).toContain('unlabeled');
  });

  it('dry runs, diff and validation', async () => {
    expect(await kubectl('apply --dry-run=server -f -', route(50))).toContain('server dry run');
    expect(await kubectl('apply --server-side --force-conflicts --dry-run=server -f -', route(50))).toContain(
      'server dry run',
    );
    expect(await kubectl('delete vs reviews -n shop --dry-run=server')).toContain('server dry run');
    expect(await kubectl('diff --server-side --force-conflicts -f -', route(50))).toMatch(
      /-.*weight: 90[^]*\+.*weight: 50/,
    );
    expect(await kubectl('diff --server-side --force-conflicts -f -', route(90))).not.toContain('diff -u');
    const wrong = route(50).replace('hosts', 'hots');
    expect(await kubectl('apply --dry-run=server -f -', wrong)).toContain(
      'did you mean \\"hosts\\"?'.replaceAll('\\', ''),
    );
    const surprising = `${service(1)}\nsurprise: true\n`.replace('name: reviews', 'name: loose');
    expect(await kubectl('create --validate=warn --dry-run=server -f -', surprising)).toMatch(
      /created[^]*unknown field "surprise"/,
    );
    expect(await kubectl('create --validate=ignore --dry-run=server -f -', surprising)).not.toContain('surprise');
    expect(await kubectl('create --validate=strict --dry-run=server -f -', surprising)).toContain('surprise');
  });

  it('explain, api-resources, api-versions', async () => {
    expect(await kubectl('explain gateways.gateway.networking.k8s.io.spec.listeners')).toContain('protocol');
    expect(await kubectl('explain gateways.networking.istio.io.spec.servers')).toContain('hosts');
    expect(await kubectl('explain clusterrole.rules')).toContain('verbs');
    expect(await kubectl('explain service.metadata.ownerReferences')).toContain('blockOwnerDeletion');
    const resources = await kubectl('api-resources');
    expect(resources).toMatch(/gateways +gw +networking\.istio\.io\/v1 +true +Gateway/);
    expect(resources).toMatch(/gateways +gtw +gateway\.networking\.k8s\.io\/v1 +true +Gateway/);
    expect(resources).toMatch(/selfsubjectaccessreviews +authorization\.k8s\.io\/v1 +false/);
    expect(await kubectl('api-versions')).toMatch(
      /events\.k8s\.io\/v1[^]*networking\.istio\.io\/v1beta1[^]*rbac\.authorization\.k8s\.io\/v1/,
    );
  });

  it('get: categories, all, wide, watch, selectors; kinds of one name by their group', async () => {
    await kubectl('apply -f -', gateway);
    expect(await kubectl('get gateways.gateway.networking.k8s.io -n shop -o name')).toBe(
      'gateway.gateway.networking.k8s.io/edge\n',
    );
    expect(await kubectl('get gateways.networking.istio.io -n shop')).toContain('No resources found');
    expect(await kubectl('get istio-io -n shop -o name')).toBe('virtualservice.networking.istio.io/reviews\n');
    expect(await kubectl('get all -n shop -o name')).toContain('service/reviews');
    expect(await kubectl('get svc -n shop -o wide')).toMatch(/SELECTOR[^]*app=reviews/);
    expect(await kubectl('get gtw -n shop')).toMatch(/NAME +CLASS +ADDRESS +PROGRAMMED +AGE\nedge +malla/);
    expect(await kubectl('get cm -n shop --field-selector metadata.name=settings -o name')).toBe(
      'configmap/settings\n',
    );
    expect(await kubectl('get cm -n shop --chunk-size=1 -o name')).toContain('configmap/settings');
    expect(await kubectl('get --raw /apis/networking.istio.io/v1/virtualservices?limit=1')).toContain(
      'VirtualServiceList',
    );
    const watching = kubectl('get cm -n shop -w --output-watch-events --request-timeout=4s');
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await kubectl('label cm settings -n shop seen=yes');
    expect(await watching).toMatch(/ADDED +settings[^]*MODIFIED +settings/);
  });

  it('wait: for conditions that a controller writes, for values, creation and deletion', async () => {
    const waiting = kubectl('wait gtw/edge -n shop --for=condition=Programmed --timeout=20s');
    const now = '2026-01-01T00:00:00Z';
    const condition = {
      type: 'Programmed',
      status: 'True',
      reason: 'Programmed',
      message: '',
      lastTransitionTime: now,
      observedGeneration: 1,
    };
    const patch = JSON.stringify({ status: { conditions: [condition] } });
    expect(
      await kubectl(['patch', 'gtw', 'edge', '-n', 'shop', '--subresource=status', '--type=merge', '-p', patch]),
    ).toContain('patched');
    expect(await waiting).toContain('condition met');
    expect(
      await kubectl('wait svc/reviews -n shop --for=jsonpath={.spec.selector.app}=reviews --timeout=10s'),
    ).toContain('condition met');
    const created = kubectl('wait cm/late -n shop --for=create --timeout=20s');
    await kubectl('create configmap late -n shop');
    expect(await created).toContain('condition met');
    const deleted = kubectl('wait cm/late -n shop --for=delete --timeout=20s');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await kubectl('delete cm late -n shop');
    // Nothing is said where the object was gone before it was looked for.
    expect(await deleted).toMatch(/condition met|^$/);
  });

  it('describe shows an object with its events; events lists them', async () => {
    await kubectl('apply -f -', route(90).replaceAll('reviews', 'nowhere'));
    await expect
      .poll(() => kubectl('events -n shop'), { timeout: 10_000 })
      .toMatch(/Warning +Findings +VirtualService\/nowhere/);
    expect(await kubectl('describe vs nowhere -n shop')).toMatch(
      /Name: +nowhere[^]*Events:[^]*Warning +Findings[^]*config-api/,
    );
    expect(await kubectl('describe svc reviews -n shop')).toContain('9080/TCP');
    expect(await kubectl('get events -n shop')).toMatch(
      /^LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n[^]*virtualservice\/nowhere/,
    );
  });

  it('auth can-i, whoami and create token; roles and bindings', async () => {
    expect(await kubectl('auth can-i delete virtualservices -n shop')).toBe('yes\n');
    expect(await kubectl('auth whoami')).toMatch(/Username +admin[^]*system:masters/);
    expect(await kubectl('auth can-i list vs -n shop --as=vera')).toMatch(/^no/);
    expect(
      await kubectl('create rolebinding views -n shop --clusterrole=view --user=vera --serviceaccount=shop:robot'),
    ).toContain('created');
    expect(await kubectl('auth can-i list vs -n shop --as=vera')).toBe('yes\n');
    expect(await kubectl('auth can-i list vs -n default --as=vera')).toMatch(/^no/);
    expect(await kubectl('auth can-i --list -n shop --as=vera')).toContain('virtualservices.networking.istio.io');
    expect(await kubectl('get vs -n shop --as=vera -o name')).toContain('reviews');
    expect(await kubectl('delete vs reviews -n shop --as=vera')).toContain('cannot delete resource "virtualservices"');
    expect(
      await kubectl('create role reader -n shop --verb=get --resource=configmaps --resource-name=settings'),
    ).toContain('created');
    expect(await kubectl('create clusterrolebinding all --clusterrole=view --group=readers')).toContain('created');
    expect(await kubectl('get vs -A --as=x --as-group=readers -o name')).toContain('reviews');
    expect(await kubectl('get rolebindings -n shop -o wide')).toMatch(
      /views +ClusterRole\/view[^]*vera[^]*shop\/robot/,
    );
    expect(
      await kubectl(
        'auth reconcile -f -',
        'apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: { name: reader, namespace: shop }\nrules: []\n',
      ),
    ).toContain('reconciled');
    const token = (await kubectl('create token robot -n shop')).trim();
    expect(token).toMatch(/^malla_/);
    expect(
      await kubectl(`--token=${token} --kubeconfig=${join(mesh.folder, 'one', 'kubeconfig')} auth whoami`),
    ).toContain('system:serviceaccount:shop:robot');
  });

  it('delete: cascades, collections, everything in a namespace', async () => {
    const uid = await kubectl('get cm settings -n shop -o jsonpath={.metadata.uid}');
    const owned = (name: string): string =>
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}","namespace":"shop","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"settings","uid":"${uid}","blockOwnerDeletion":true}]}}`;
    await kubectl('apply -f -', owned('child'));
    expect(await kubectl('delete cm settings -n shop --cascade=foreground --timeout=20s')).toContain('deleted');
    expect(await kubectl('get cm child -n shop')).toContain('not found');
    await kubectl('create cm one -n shop');
    await kubectl('create cm two -n shop');
    expect(await kubectl('delete cm --all -n shop')).toMatch(/"one" deleted[^]*"two" deleted/);
    expect(await kubectl('delete svc,vs -n shop -l no=such')).toContain('No resources found');
    expect(await kubectl('delete ns shop --timeout=30s')).toContain('deleted');
    expect(await kubectl('get vs,svc,cm -A')).toContain('No resources found');
  });
});
