// What is checked on the cluster, step by step.
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { denial, headerRoute, hold, mutualTls, pageComplaint, rateLimit, weights } from '../traffic/checks.mjs';
import { waitUntil } from '../traffic/waiting.mjs';
import { withProgress } from '../setup/report.mjs';
import { SteadyLoad } from '../traffic/steady-load.mjs';

const READY_SECONDS = 600;
const SETTLE_SECONDS = 120;

/** Requests a second while parts of the control plane restart. */
const LOAD_RATE = 20;

/** Deployments and StatefulSets of the control plane. */
const CONTROL_PLANE = [
  'deployment/config-api',
  'deployment/discovery',
  'deployment/policy-telemetry',
  'statefulset/certificate-authority',
];

const reviews = ['virtualservice/reviews', '-n', 'bookinfo'];

/** @returns {Promise<number>} 0; throws Error that tells what did not hold */
export async function checkDeployment({ cluster, root, signal }) {
  const manifests = (name) => path.join(root, 'k8s', name);
  await cluster.run('apply', '-k', manifests('overlays/demo'));
  await withProgress('all pods are Ready', () =>
    waitUntil(() => readyComplaint(cluster, signal), { seconds: READY_SECONDS, everyMs: 1000 }),
  );
  const routes = ['apply', '-k', manifests('samples/bookinfo/routes')];
  await cluster.run(...routes);
  const base = await gatewayUrl(cluster);
  await waitUntil(() => pageComplaint(base), { seconds: SETTLE_SECONDS });
  for (const check of [weights(0.1), headerRoute, mutualTls, denial, rateLimit])
    await hold(check, cluster, base, SETTLE_SECONDS);

  await checkVirtualService({ cluster, base });
  await cluster.run(...routes);
  await hold(weights(0.1), cluster, base, SETTLE_SECONDS);
  await checkRestarts({ cluster, base, signal });
  return 0;
}

async function readyComplaint(cluster, signal) {
  signal.throwIfAborted();
  const { items } = await cluster.get('pods', '-A');
  const pods = items.filter(({ status }) => status.phase !== 'Succeeded');
  if (!pods.some(({ metadata }) => metadata.namespace === 'bookinfo')) return 'the sample has no pods yet';
  const waiting = pods.filter((pod) => !isReady(pod)).map(({ metadata }) => metadata.name);
  return waiting.length === 0 ? undefined : `not Ready: ${waiting.join(', ')}`;
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

/** One change takes effect, and the object's status tells that every proxy has it. */
async function checkVirtualService({ cluster, base }) {
  const before = await cluster.get(...reviews);
  const spec = { http: [{ route: [{ destination: { host: 'reviews', subset: 'v2' } }] }] };
  await cluster.run('patch', ...reviews, '--type=merge', '-p', JSON.stringify({ spec }));
  await cluster.run('wait', ...reviews, '--for=condition=Reconciled', '--timeout=60s');
  const { metadata, status } = await cluster.get(...reviews);
  const reconciled = status.conditions.find(({ type }) => type === 'Reconciled');
  if (metadata.generation === before.metadata.generation) throw new Error('the patch made no new generation');
  const observed = reconciled.observedGeneration ?? status.observedGeneration;
  if (String(observed) !== String(metadata.generation))
    throw new Error(`generation ${metadata.generation}, but Reconciled tells of ${observed}`);
  console.log(`✓ a VirtualService patched with kubectl is Reconciled\n    ${reconciled.message}`);
  await hold(weights(1), cluster, base, SETTLE_SECONDS);
}

async function checkRestarts({ cluster, base, signal }) {
  const load = new SteadyLoad(`${base}/productpage`, LOAD_RATE);
  load.start();
  for (const name of CONTROL_PLANE) {
    await cluster.run('rollout', 'restart', '-n', 'malla-system', name);
    await cluster.run('rollout', 'status', '-n', 'malla-system', name, '--timeout=300s');
    await sleep(2000, undefined, { signal });
  }
  const { requests, failures } = await load.stop();
  if (requests === 0) throw new Error('the load made no requests');
  if (failures.length > 0)
    throw new Error(`${failures.length} of ${requests} requests failed: ${failures.slice(0, 5).join('; ')}`);
  console.log(`✓ rolling restart of ${CONTROL_PLANE.join(', ')}\n    ${requests} requests, 0 failed`);
}
