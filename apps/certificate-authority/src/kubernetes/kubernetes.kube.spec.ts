import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { kubeconfigAccess, KubeClient, kubeKind } from '@malla/kube';
import type { Resource } from '@malla/model';
import { createCsr, generateKey } from '@malla/pki';
import { controlPlaneId } from '@malla/spiffe';
import { actAsServiceAccount, TestCluster, tokenOf } from '@malla/testkit/kube';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestAuthority } from '../../test/running-authority.ts';

const obstacle = TestCluster.obstacle();
const namespace = `ca-${process.pid}`;
const audience = 'istio-ca';
const pods = kubeKind<Resource>('', 'Pod');
const configMaps = kubeKind<Resource>('', 'ConfigMap');
const namespaces = kubeKind<Resource>('', 'Namespace');
const accounts = kubeKind<Resource>('', 'ServiceAccount');

const podOf = (name: string, serviceAccountName: string, within: string): Resource => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: within },
  spec: { serviceAccountName, containers: [{ name: 'app', image: 'none:1' }] },
});

describe.skipIf(obstacle !== undefined)(
  `certificate-authority of a real cluster${obstacle === undefined ? '' : ` (${obstacle})`}`,
  () => {
    let cluster: TestCluster;
    let client: KubeClient;
    let authority: TestAuthority;

    const makeNamespace = (name: string): Promise<Resource> =>
      client.apply(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const makePod = async (name: string, account: string, within: string): Promise<{ name: string; uid: string }> => {
      await client.apply(accounts, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: account, namespace: within },
      });
      const { metadata } = await client.apply(pods, podOf(name, account, within));
      return { name, uid: metadata.uid ?? '' };
    };
    const certify = async (spiffeId: string, token: string): Promise<readonly string[]> =>
      authority.certify(token, { csr: await createCsr(await generateKey(), spiffeId) });

    beforeAll(async () => {
      cluster = await TestCluster.start();
      client = new KubeClient(kubeconfigAccess(cluster.kubeconfig));
      authority = await TestAuthority.create();
      const file = join(authority.dir, 'kubeconfig');
      // With the rights that it has where it is installed, and no others.
      await actAsServiceAccount(cluster, {
        namespace: 'malla-system',
        name: 'certificate-authority',
        manifest: fileURLToPath(new URL('../../../../k8s/base/certificate-authority/rbac.yaml', import.meta.url)),
        file,
      });
      await makeNamespace(namespace);
      await authority.start({ MALLA_KUBERNETES: file });
    });

    afterAll(async () => {
      await authority?.close();
      await client?.delete(namespaces, { name: namespace });
      await client?.close();
      await cluster?.stop();
    });

    it('certifies pods by the tokens that the kubelet mounts, as long as they are there', async () => {
      const id = `spiffe://cluster.local/ns/${namespace}/sa/cart`;
      const pod = await makePod('cart-1', 'cart', namespace);
      const account = { namespace, name: 'cart' };
      const token = await tokenOf(cluster, { ...account, audience, pod });
      expect(await certify(id, token)).toHaveLength(3);
      const refused = { code: 'unauthenticated' };
      await expect(certify(id, await tokenOf(cluster, { ...account, pod }))).rejects.toMatchObject(refused);
      await expect(certify(id, await tokenOf(cluster, { ...account, audience }))).rejects.toMatchObject(refused);
      await client.json({
        method: 'DELETE',
        path: `/api/v1/namespaces/${namespace}/pods/cart-1`,
        query: { gracePeriodSeconds: 0 },
      });
      const outcome = (): Promise<string> =>
        certify(id, token).then(
          () => 'certified',
          (error: unknown) => (error as { code: string }).code,
        );
      await expect.poll(outcome, { timeout: 60_000, interval: 1_000 }).toBe('unauthenticated');
    });

    it("certifies Malla's own services", async () => {
      const pod = await makePod(`discovery-${process.pid}`, 'discovery', 'malla-system');
      const token = await tokenOf(cluster, { namespace: 'malla-system', name: 'discovery', audience, pod });
      expect(await certify(controlPlaneId('discovery', 'cluster.local'), token)).toHaveLength(3);
      await client.delete(pods, { namespace: 'malla-system', name: pod.name });
    });

    it('has its roots in every namespace, also when somebody deletes them', async () => {
      const at = { namespace, name: 'istio-ca-root-cert' };
      const published = (): Promise<unknown> => client.get(configMaps, at).then((found) => found['data']);
      const wanted = { 'root-cert.pem': authority.roots() };
      await expect.poll(published).toEqual(wanted);
      await client.delete(configMaps, at);
      await expect.poll(published, { timeout: 60_000 }).toEqual(wanted);
    });
  },
);
