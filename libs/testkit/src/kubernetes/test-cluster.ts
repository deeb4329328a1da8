import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../network/free-ports.ts';
import { TemporaryFolder } from '../temporary-folder.ts';
import { KubeApi } from './kube-api.ts';

const run = promisify(execFile);

/**
 * A Kubernetes API server for specs: that of the kubeconfig which MALLA_KUBECONFIG names (the specs install CRDs there), else one of its own
 * which the scripts `up.sh` and `down.sh` in the folder MALLA_KUBE start and end. Specs are skipped where there is neither.
 */
export class TestCluster {
  private constructor(
    readonly api: KubeApi,
    /** Path of a kubeconfig for it, as administrator. */
    readonly kubeconfig: string,
    readonly stop: () => Promise<void>,
  ) {}

  /** Why there is none, or undefined. */
  static obstacle(): string | undefined {
    const { MALLA_KUBECONFIG: config, MALLA_KUBE: scripts } = process.env;
    if (config !== undefined && existsSync(config)) return undefined;
    if (scripts !== undefined && existsSync(join(scripts, 'up.sh'))) return undefined;
    return 'neither MALLA_KUBECONFIG nor MALLA_KUBE names a Kubernetes';
  }

  static async start(): Promise<TestCluster> {
    const { MALLA_KUBECONFIG: config, MALLA_KUBE: scripts = '' } = process.env;
    if (config !== undefined && existsSync(config)) {
      const api = new KubeApi(config);
      return new TestCluster(api, config, () => Promise.resolve(api.close()));
    }
    const folder = new TemporaryFolder('malla-kube-');
    const state = folder.join('run');
    const env = { ...process.env, KUBE_RUN: state, KUBE_PORT: String(await freePort()) };
    await run(join(scripts, 'up.sh'), { env, timeout: 600_000 });
    const api = new KubeApi(join(state, 'kubeconfig'));
    return new TestCluster(api, join(state, 'kubeconfig'), async () => {
      api.close();
      await run(join(scripts, 'down.sh'), { env, timeout: 60_000 });
      folder[Symbol.dispose]();
    });
  }
}
