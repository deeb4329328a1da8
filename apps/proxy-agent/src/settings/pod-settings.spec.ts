import { writeFileSync } from 'node:fs';
import { loadSettings } from '@malla/settings';
import { TemporaryFolder } from '@malla/testkit';
import { expect, it } from 'vitest';
import { agentSettings } from './agent-settings.ts';
import { parseLabels } from './labels-file.ts';

const pod = {
  POD_NAME: 'cart-7d9-x2',
  POD_NAMESPACE: 'shop',
  SERVICE_ACCOUNT: 'cart',
  INSTANCE_IP: '10.244.0.7',
};

it('a pod says who it is by the names that Istio gives to the downward API', () => {
  const loaded = loadSettings(agentSettings, { env: pod, argv: [] });
  expect(loaded).toMatchObject({
    kind: 'ok',
    values: {
      workloadName: 'cart-7d9-x2',
      namespace: 'shop',
      serviceAccount: 'cart',
      addresses: ['10.244.0.7'],
      registration: 'on',
    },
  });
  const own = { MALLA_NAMESPACE: 'other', INSTANCE_IPS: '10.244.0.7,fd00::7', MALLA_REGISTRATION: 'off' };
  expect(loadSettings(agentSettings, { env: { ...pod, ...own }, argv: [] })).toMatchObject({
    values: { namespace: 'other', addresses: ['10.244.0.7', 'fd00::7'], registration: 'off' },
  });
});

it('problems name the variable that was read', () => {
  const loaded = loadSettings(agentSettings, { env: { ...pod, INSTANCE_IP: 'none' }, argv: [] });
  expect(loaded).toMatchObject({ kind: 'problems', problems: [{ name: 'INSTANCE_IP' }] });
});

it('reads the labels that Kubernetes mounts', () => {
  expect(parseLabels('app="cart"\napp.kubernetes.io/name="a\\"b\\\\"\nempty=""\n')).toEqual({
    app: 'cart',
    'app.kubernetes.io/name': 'a"b\\',
    empty: '',
  });
  using folder = new TemporaryFolder('malla-labels-');
  const file = folder.join('labels');
  writeFileSync(file, 'app="cart"\n');
  const read = (path: string) => loadSettings(agentSettings, { env: { ...pod, MALLA_LABELS_FILE: path }, argv: [] });
  expect(read(file)).toMatchObject({ values: { labelsFile: { app: 'cart' } } });
  writeFileSync(file, 'app=cart\n');
  expect(read(file)).toMatchObject({ kind: 'problems', problems: [{ name: 'MALLA_LABELS_FILE' }] });
  expect(read(folder.join('none'))).toMatchObject({ kind: 'problems' });
});
