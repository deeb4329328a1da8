// The cluster under test: the user's, or one that is started for it.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runQuietly } from '../setup/process.mjs';
import { say, SetupError, withProgress } from '../setup/report.mjs';
import { must, outputOf, render } from './kubectl.mjs';

/** Images that the overlay `demo` needs, besides those of Postgres and Redis, which its manifests name. */
const APPS = ['certificate-authority', 'config-api', 'discovery', 'policy-telemetry', 'proxy-agent', 'demo'];

/** Folders that claims of the manifests are bound to where the cluster makes no volumes by itself. */
const VOLUMES = [
  { claim: 'keys-certificate-authority-0', size: '64Mi' },
  { claim: 'data-postgres-0', size: '2Gi' },
  { claim: 'data-redis-0', size: '512Mi' },
];

/** A cluster, and kubectl against it. Close it: what was started for the test ends. */
export class Cluster {
  #kubectl;
  #env;
  #end;

  constructor({ kubectl, env, end }) {
    this.#kubectl = kubectl;
    this.#env = env;
    this.#end = end;
  }

  static async open({ kubectl, env, root, signal }) {
    if (env.MALLA_KUBE !== undefined && env.MALLA_KUBE !== '') return startCluster({ kubectl, env, root, signal });
    if (env.KUBECONFIG === undefined || env.KUBECONFIG === '')
      throw new SetupError(
        'no cluster to test on',
        'Name one by KUBECONFIG, or a folder that starts one by MALLA_KUBE.',
      );
    return new Cluster({ kubectl, env, end: async () => undefined });
  }

  /** For programs that are to find the cluster: with KUBECONFIG. */
  get env() {
    return this.#env;
  }

  /** kubectl's output. @throws Error with the end of it */
  run(...args) {
    return must([this.#kubectl, ...args], { env: this.#env });
  }

  /** An object, or a list, as data. */
  async get(...args) {
    return JSON.parse(await outputOf([this.#kubectl, 'get', ...args, '-o', 'json'], this.#env));
  }

  /**
   * Runs JavaScript in the cluster, for the checks of traffic (tools/traffic); its output. Services are called by their names in
   * docker-compose.yml. `load-generator` is outside of the mesh.
   */
  async script(service, text) {
    if (service !== 'load-generator') throw new Error(`no check runs in ${service} here`);
    const { items } = await this.get('deployment', '-n', 'bookinfo', '-l', 'app=details');
    const [{ image }] = items[0].spec.template.spec.containers;
    const output = await this.run(
      ...['run', 'outsider', '-n', 'bookinfo', '--image', image, '--image-pull-policy=IfNotPresent', '--restart=Never'],
      ...['--rm', '--attach', '--quiet', '--command', '--', 'node', '--input-type=module', '--eval', text],
    );
    return output.trim();
  }

  /** Says what is not well, for whoever reads a failure. */
  async explain() {
    for (const args of [
      ['get', 'pods', '-A', '-o', 'wide'],
      ['get', 'events', '-A', '--sort-by=.lastTimestamp', '--field-selector=type!=Normal'],
    ]) {
      const { output } = await runQuietly([this.#kubectl, ...args], { env: this.#env });
      say(output.trim().split('\n').slice(-60).join('\n'));
    }
    const pods = await this.get('pods', '-A').catch(() => ({ items: [] }));
    for (const { metadata, status } of pods.items) {
      if (status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True')) continue;
      const log = ['logs', '-n', metadata.namespace, metadata.name, '--all-containers', '--tail=30', '--prefix'];
      const { output } = await runQuietly([this.#kubectl, ...log], { env: this.#env });
      say(output);
    }
  }

  close() {
    return this.#end();
  }
}

async function startCluster({ kubectl, env, root, signal }) {
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const images = [...APPS.map((app) => `malla/${app}:${version}`), ...(await storeImages(kubectl, root))];
  for (const image of images) {
    const { code } = await runQuietly(['docker', 'image', 'inspect', image]);
    if (code !== 0)
      throw new SetupError(`image ${image} is not there`, 'Make the images: npm run images:base, npm run images');
  }
  const run = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-k8s-'));
  const child = { ...env, KUBE_RUN: run, KUBECONFIG: path.join(run, 'kubeconfig') };
  const script = (name) => path.join(env.MALLA_KUBE, name);
  const end = async () => {
    await must([script('down.sh')], { env: child });
    fs.rmSync(run, { recursive: true, force: true });
  };
  try {
    await withProgress('the cluster', () => must([script('up.sh'), '--with-node'], { env: child }));
    signal.throwIfAborted();
    await withProgress('the images', () => must([script('import-image.sh'), ...images], { env: child }));
    signal.throwIfAborted();
    const cluster = new Cluster({ kubectl, env: child, end });
    await makeVolumes(cluster, run);
    return cluster;
  } catch (error) {
    await end().catch(() => undefined);
    throw error;
  }
}

/** What the manifests of the stores name. */
async function storeImages(kubectl, root) {
  const text = await render(kubectl, path.join(root, 'k8s/overlays/demo'));
  return [...new Set([...text.matchAll(/^\s+image: ((?:postgres|redis):\S+)$/gm)].map(([, image]) => image))];
}

async function makeVolumes(cluster, run) {
  const volumes = VOLUMES.map(({ claim, size }) => {
    const folder = path.join(run, 'volumes', claim);
    fs.mkdirSync(folder, { recursive: true });
    // Each process has a user of its own, and keeps what it holds in a folder below that only it can enter.
    fs.chmodSync(folder, 0o777);
    return {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: claim },
      spec: {
        capacity: { storage: size },
        accessModes: ['ReadWriteOnce'],
        claimRef: { namespace: 'malla-system', name: claim },
        hostPath: { path: folder },
      },
    };
  });
  const file = path.join(run, 'volumes.json');
  fs.writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: volumes }));
  await cluster.run('apply', '-f', file);
}
