import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MallaError } from '@malla/model';
import type { KubeAccess, KubeTls } from './kube-access.ts';

/** Where the kubelet mounts what a pod needs. https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
export const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The kubelet replaces the token well before its end; client-go reads it anew as often. */
const readEveryMs = 10_000;

export interface InClusterParams {
  /** KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT; the cluster's own name if not set. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly folder?: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/**
 * The API server of the cluster that this process is a pod of, by the pod's service account. Token and authorities are read again while we run.
 * @throws MallaError `invalid` if there is no such folder: this is no pod, or its service account is not mounted
 */
export function inClusterAccess(params: InClusterParams = {}): KubeAccess {
  const { host = 'kubernetes.default.svc', port = 443, folder = serviceAccountFolder, now = Date.now } = params;
  let tls: KubeTls = { verify: true };
  let token = '';
  let readAt = -Infinity;
  const read = (): void => {
    const ca = readMounted(folder, 'ca.crt');
    if (ca !== tls.ca) tls = { ca, verify: true };
    token = readMounted(folder, 'token').trim();
    readAt = now();
  };
  read();
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    namespace: readMounted(folder, 'namespace').trim(),
    credentials: () => {
      if (now() - readAt >= readEveryMs) read();
      return Promise.resolve({ tls, authorization: `Bearer ${token}` });
    },
    refused: () => {
      readAt = -Infinity;
    },
  };
}

function readMounted(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch (cause) {
    const message = `${join(folder, name)} cannot be read: this process is no pod, or its service account is not mounted (automountServiceAccountToken)`;
    throw new MallaError('invalid', message, { cause });
  }
}
