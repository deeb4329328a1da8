// The guide of Kubernetes: a fresh clone of HEAD, and the cluster of KUBECONFIG or of MALLA_KUBE.
import { Cluster } from '../../test-k8s/cluster.mjs';
import { findKubectl } from '../../test-k8s/kubectl.mjs';
import { ROOT } from '../../setup/context.mjs';
import path from 'node:path';
import { openClone } from './clone.mjs';

/** @type {import('../main.mjs').Guide} */
export const kubernetes = {
  files: ['docs/guides/kubernetes.md'],
  async open({ echo }) {
    const kubectl = findKubectl(process.env);
    const { signal } = new AbortController();
    const cluster = await Cluster.open({ kubectl, env: process.env, root: ROOT, signal });
    try {
      const { KUBECONFIG } = cluster.env;
      const PATH = [path.dirname(kubectl), process.env.PATH].join(path.delimiter);
      const clone = await openClone({ env: { KUBECONFIG, PATH }, echo });
      return {
        terminal: () => Promise.resolve(clone.terminal),
        // The cluster under test has them from the Docker engine already.
        instead: { 'images for the cluster': async () => undefined },
        async close() {
          await clone.close();
          await cluster.close();
        },
      };
    } catch (error) {
      await cluster.close();
      throw error;
    }
  },
};
