import { writeFileSync } from 'node:fs';
import { startService } from '@malla/observability';
import { FakeAuthority, FakeDiscovery, TemporaryFolder } from '@malla/testkit';
import { expect, it } from 'vitest';
import { proxyAgent } from './service.ts';

it('an agent in a pod is its service account, has its labels, and leaves registration to the cluster', async () => {
  using folder = new TemporaryFolder('agent-pod-');
  const authority = await FakeAuthority.create();
  await authority.start();
  const discovery = new FakeDiscovery(authority);
  await discovery.start();
  writeFileSync(folder.join('root.pem'), authority.rootPem);
  writeFileSync(folder.join('token'), 'a-token');
  writeFileSync(folder.join('labels'), 'app="cart"\nversion="v1"\n');
  const env = {
    POD_NAME: 'cart-7d9-x2',
    POD_NAMESPACE: 'shop',
    SERVICE_ACCOUNT: 'cart',
    INSTANCE_IP: '10.244.0.7',
    MALLA_LABELS_FILE: folder.join('labels'),
    MALLA_LABELS: 'version=v2',
    MALLA_REGISTRATION: 'off',
    MALLA_DATA_PLANE: 'grpc',
    MALLA_DISCOVERY_ADDRESS: `127.0.0.1:${discovery.port}`,
    MALLA_CA_ADDRESS: `127.0.0.1:${authority.port}`,
    MALLA_CA_ROOT_FILE: folder.join('root.pem'),
    MALLA_TOKEN_FILE: folder.join('token'),
    MALLA_STATE_DIR: folder.join('state'),
    MALLA_HTTP_PORT: '0',
    MALLA_LOG_LEVEL: 'silent',
  };
  const agent = await startService(proxyAgent('0'), { env, argv: [] });
  const config = (await (await fetch(`${agent.httpUrl}/config`)).json()) as object;
  expect(config).toMatchObject({
    identity: { spiffeId: 'spiffe://cluster.local/ns/shop/sa/cart' },
    node: {
      id: 'sidecar~10.244.0.7~cart-7d9-x2.shop~shop.svc.cluster.local',
      metadata: { LABELS: { app: 'cart', version: 'v2' } },
    },
    registered: false,
  });
  const { checks } = agent.context.health.report();
  expect(checks.map(({ name }) => name)).not.toContain('registration');
  await agent.close();
  expect(discovery.events).toEqual([]);
  await Promise.all([discovery.stop(), authority.stop()]);
});
