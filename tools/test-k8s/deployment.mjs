// What is checked on the cluster, step by step.
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say, withProgress } from '../setup/report.mjs';
import { checkTraffic, expectVersions } from './traffic.mjs';
import { SteadyLoad } from './steady-load.mjs';

const READY_MS = 10 * 60_000;
const SETTLE_MS = 60_000;

/** Deployments and StatefulSets of the control plane. */
const CONTROL_PLANE = [
  'deployment/config-api',
  'deployment/discovery',
  'deployment/policy-telemetry',
  'statefulset/certificate-authority',
];

/** @returns {Promise<number>} 0; throws Error that tells what did not hold */
export async function checkDeployment({ cluster, root, signal }) {
  const manifests = (name) => path.join(root, 'k8s', name);
  await cluster.run('apply', '-k', manifests('overlays/demo'));
  await withProgress('all pods are Ready', () => allReady(cluster, signal));
  await cluster.run('apply', '-k', manifests('samples/bookinfo/routes'));
  const url = await gatewayUrl(cluster);

  await withProgress('traffic through the gateway', () => checkTraffic({ url, cluster, signal, settleMs: SETTLE_MS }));
  await withProgress('a VirtualService applied with kubectl', () =>
    checkVirtualService({ cluster, manifests, url, signal }),
  );
  await withProgress('rolling restart of each part of the control plane', () =>
    checkRestarts({ cluster, url, signal }),
  );
  say('all held');
  return 0;
}

async function allReady(cluster, signal) {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    const { items } = await cluster.get('pods', '-A');
    const pods = items.filter(({ status }) => status.phase !== 'Succeeded');
    const waiting = pods.filter((pod) => !isReady(pod)).map(({ metadata }) => metadata.name);
    const apps = pods.filter(({ metadata }) => metadata.namespace === 'bookinfo').length;
    if (waiting.length === 0 && apps > 0) return;
    if (Date.now() > deadline) throw new Error(`not Ready after ${READY_MS / 1000} s: ${waiting.join(', ')}`);
    await sleep(1000, undefined, { signal });
  }
}

function isReady({ status }) {
  return status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;
}

/** The Service's own address: reachable from nodes, and from here where the cluster runs on this machine. */
async function gatewayUrl(cluster) {
  const { spec, status } = await cluster.get('service', '-n', 'istio-ingress', 'istio-ingressgateway');
  const [balancer] = status.loadBalancer?.ingress ?? [];
  return `http://${balancer?.ip ?? balancer?.hostname ?? spec.clusterIP}`;
}

/** One change takes effect for every caller, and the object's status tells that every proxy has it. */
async function checkVirtualService({ cluster, manifests, url, signal }) {
  const object = await cluster.get('virtualservice', '-n', 'bookinfo', 'reviews');
  const patch = { spec: { http: [{ route: [{ destination: { host: 'reviews', subset: 'v3' } }] }] } };
  await cluster.run(
    'patch',
    'virtualservice',
    '-n',
    'bookinfo',
    'reviews',
    '--type=merge',
    '-p',
    JSON.stringify(patch),
  );
  await cluster.run(
    ...['wait', 'virtualservice/reviews', '-n', 'bookinfo', '--for=condition=Reconciled', '--timeout=60s'],
  );
  const after = await cluster.get('virtualservice', '-n', 'bookinfo', 'reviews');
  const reconciled = after.status.conditions.find(({ type }) => type === 'Reconciled');
  if (Number(after.metadata.generation) <= Number(object.metadata.generation))
    throw new Error('the patch made no new generation');
  if (Number(reconciled.observedGeneration ?? after.status.observedGeneration) !== Number(after.metadata.generation))
    throw new Error(`Reconciled is of another generation: ${JSON.stringify(after.status)}`);
  say(`  Reconciled: ${reconciled.message}`);
  await expectVersions({ url, requests: 100, expected: { v3: [1, 1] } });
  await cluster.run('apply', '-k', manifests('samples/bookinfo/routes'));
  await cluster.run(
    ...['wait', 'virtualservice/reviews', '-n', 'bookinfo', '--for=condition=Reconciled', '--timeout=60s'],
  );
  signal.throwIfAborted();
}

async function checkRestarts({ cluster, url, signal }) {
  const load = new SteadyLoad(`${url}/productpage`, 20);
  load.start();
  for (const name of CONTROL_PLANE) {
    await cluster.run('rollout', 'restart', '-n', 'malla-system', name);
    await cluster.run('rollout', 'status', '-n', 'malla-system', name, '--timeout=300s');
    await sleep(2000, undefined, { signal });
  }
  const { requests, failures } = await load.stop();
  say(`  ${requests} requests, ${failures.length} failed`);
  if (requests === 0) throw new Error('the load made no requests');
  if (failures.length > 0) throw new Error(`failed during restarts: ${failures.slice(0, 5).join('; ')}`);
}
