import { readFileSync, writeFileSync } from 'node:fs';
import { findKind, groupOf, type Resource } from '@malla/model';
import { parse, parseAllDocuments, stringify } from 'yaml';
import type { TestCluster } from './test-cluster.ts';

export interface ServiceAccountParams {
  readonly namespace: string;
  readonly name: string;
  /** File with the account and its rights, such as `k8s/base/config-api/rbac.yaml`. */
  readonly manifest: string;
  /** Where the kubeconfig goes. */
  readonly file: string;
}

/** Makes an account of a cluster as a manifest says, and a kubeconfig by which a program is that account, with its rights and no others. */
export async function actAsServiceAccount(cluster: TestCluster, params: ServiceAccountParams): Promise<void> {
  const { namespace, name, manifest, file } = params;
  const objects = parseAllDocuments(readFileSync(manifest, 'utf8')).map((each) => each.toJS() as Resource);
  for (const needed of new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? [])))
    await make(cluster, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: needed } });
  for (const object of objects) await make(cluster, object);
  const token = await tokenOf(cluster, { namespace, name });
  const admin = parse(readFileSync(cluster.kubeconfig, 'utf8')) as { users: { name: string; user: object }[] };
  const users = admin.users.map((each) => ({ ...each, user: { token } }));
  writeFileSync(file, stringify({ ...admin, users }), { mode: 0o600 });
}

export interface TokenOptions {
  readonly namespace: string;
  readonly name: string;
  /** That of the API server if not set. */
  readonly audience?: string;
  /** The pod that it is bound to, if any. */
  readonly pod?: { readonly name: string; readonly uid: string };
}

/** A token of a service account, as the kubelet gets them. */
export async function tokenOf(cluster: TestCluster, options: TokenOptions): Promise<string> {
  const { namespace, name, audience, pod } = options;
  const spec = {
    ...(audience === undefined ? {} : { audiences: [audience] }),
    ...(pod === undefined ? {} : { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', ...pod } }),
  };
  const { status, body } = await cluster.api.send(
    'POST',
    `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec },
  );
  if (status > 201) throw new Error(`token of ${namespace}/${name}: ${String(body['message'])}`);
  return (body['status'] as { token: string }).token;
}

/** What is there already stays. */
async function make(cluster: TestCluster, object: Resource): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const group = groupOf(apiVersion);
  const definition = findKind(group, kind);
  if (definition === undefined) throw new Error(`no kind ${kind} in ${apiVersion}`);
  const within = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  const path = `/${group === '' ? 'api' : 'apis'}/${apiVersion}${within}/${definition.plural}`;
  const { status, body } = await cluster.api.send('POST', path, object);
  if (status > 201 && status !== 409) throw new Error(`${kind} ${metadata.name}: ${String(body['message'])}`);
}
