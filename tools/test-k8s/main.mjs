// `npm run test:k8s`: the manifests on a real cluster, as a user applies them. Ends with nothing left running.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../setup/context.mjs';
import { say, SetupError } from '../setup/report.mjs';
import { Cluster } from './cluster.mjs';
import { findKubectl } from './kubectl.mjs';
import { checkOffline } from './offline.mjs';
import { checkDeployment } from './deployment.mjs';

const USAGE = `usage: npm run test:k8s -- [--offline] [--keep]

  --offline   only render every overlay and check it against Kubernetes' schemas: needs no cluster
  --keep      leave the cluster as it is at the end

The cluster is that of KUBECONFIG, whose nodes must be able to get the images malla/* (npm run images); or, with
MALLA_KUBE=FOLDER, one that FOLDER/up.sh starts and FOLDER/down.sh ends.`;

function readOptions() {
  try {
    const { values } = parseArgs({
      options: { offline: { type: 'boolean' }, keep: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    return values;
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    return undefined;
  }
}

/** @returns {Promise<number>} exit code: 0 all held, 1 something did not, 64 usage, 69 something is missing */
async function main() {
  const options = readOptions();
  if (options === undefined) return 64;
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => stop.abort());
  const kubectl = findKubectl(process.env);
  await checkOffline({ kubectl, root: ROOT });
  if (options.offline) return 0;
  const cluster = await Cluster.open({ kubectl, env: process.env, root: ROOT, signal: stop.signal });
  try {
    return await checkDeployment({ cluster, root: ROOT, signal: stop.signal });
  } catch (error) {
    await cluster.explain();
    throw error;
  } finally {
    if (!options.keep) await cluster.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof SetupError) {
    say(`${error.message}${error.advice === undefined ? '' : `\n${error.advice}`}`);
    process.exitCode = 69;
  } else {
    say(`${path.basename(import.meta.dirname)}: ${error.stack}`);
    process.exitCode = 1;
  }
}
