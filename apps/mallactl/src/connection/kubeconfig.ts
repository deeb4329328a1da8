import { MallaError, valueAt } from '@malla/model';

/** A named part of a kubeconfig: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/ */
export interface Named {
  readonly name: string;
  readonly [field: string]: unknown;
}

/** One kubeconfig file, as far as it is read. Everything else in it is kept when it is written. */
export interface KubeconfigFile {
  readonly 'current-context'?: string;
  readonly clusters?: readonly Named[];
  readonly users?: readonly Named[];
  readonly contexts?: readonly Named[];
}

/** A file with the folder that its relative paths start from. */
export interface LoadedFile {
  readonly path: string;
  readonly config: KubeconfigFile;
}

/** What a context says, before files it names are read. Texts of `...Data` are base64. */
export interface ContextFacts {
  readonly context: string;
  readonly server: string;
  readonly caData?: string;
  readonly caFile?: string;
  readonly insecure: boolean;
  readonly tlsServerName?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly clientCertificateData?: string;
  readonly clientCertificateFile?: string;
  readonly clientKeyData?: string;
  readonly clientKeyFile?: string;
  readonly namespace?: string;
}

/** The facts of a context over several files; of each name, the first file's entry counts, as kubectl merges. */
export function readContext(files: readonly LoadedFile[], wanted: string | undefined): ContextFacts {
  const context = wanted ?? files.map((f) => f.config['current-context']).find((c) => c !== undefined && c !== '');
  const names = files.flatMap((f) => (f.config.contexts ?? []).map((c) => c.name));
  if (context === undefined)
    throw new MallaError(
      'invalid',
      `the kubeconfig has no current context; choose one with --context: ${names.join(', ') || 'it has none'}`,
    );
  const found = part(files, 'contexts', context);
  if (found === undefined)
    throw new MallaError('invalid', `the kubeconfig has no context "${context}"; it has ${names.join(', ') || 'none'}`);
  const at = (...path: string[]) => text(valueAt(found.entry, ['context', ...path]));
  const cluster = part(files, 'clusters', at('cluster') ?? '');
  const user = part(files, 'users', at('user') ?? '');
  const server = text(valueAt(cluster?.entry, ['cluster', 'server']));
  if (server === undefined)
    throw new MallaError('invalid', `context "${context}" names cluster "${at('cluster') ?? ''}", which has no server`);
  return { context, server, ...clusterFacts(cluster), ...userFacts(user), ...optional('namespace', at('namespace')) };
}

interface Found {
  readonly entry: Named;
  readonly file: string;
}

function part(files: readonly LoadedFile[], list: 'clusters' | 'users' | 'contexts', name: string): Found | undefined {
  for (const { path, config } of files) {
    const entry = (config[list] ?? []).find((e) => e.name === name);
    if (entry !== undefined) return { entry, file: path };
  }
  return undefined;
}

function clusterFacts(found: Found | undefined) {
  const at = (name: string) => valueAt(found?.entry, ['cluster', name]);
  return {
    insecure: at('insecure-skip-tls-verify') === true,
    ...optional('caData', text(at('certificate-authority-data'))),
    ...optional('caFile', beside(found, text(at('certificate-authority')))),
    ...optional('tlsServerName', text(at('tls-server-name'))),
  };
}

function userFacts(found: Found | undefined) {
  const at = (name: string) => valueAt(found?.entry, ['user', name]);
  if (at('exec') !== undefined || at('auth-provider') !== undefined) {
    throw new MallaError(
      'invalid',
      `user "${found?.entry.name ?? ''}" of the kubeconfig logs in with a plug-in, which mallactl does not run; give a token with --token`,
    );
  }
  return {
    ...optional('token', text(at('token'))),
    ...optional('tokenFile', beside(found, text(at('tokenFile')))),
    ...optional('clientCertificateData', text(at('client-certificate-data'))),
    ...optional('clientCertificateFile', beside(found, text(at('client-certificate')))),
    ...optional('clientKeyData', text(at('client-key-data'))),
    ...optional('clientKeyFile', beside(found, text(at('client-key')))),
  };
}

/** Relative paths in a kubeconfig start from its folder. */
function beside(found: Found | undefined, file: string | undefined): string | undefined {
  if (file === undefined || found === undefined || file.startsWith('/')) return file;
  return `${found.file.slice(0, Math.max(0, found.file.lastIndexOf('/')))}/${file}`;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string };
}
