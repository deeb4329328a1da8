import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { MallaError } from '@malla/model';
import { parse } from 'yaml';
import { ExecCredentials } from './exec-credential.ts';
import type { KubeAccess, KubeCredentials, KubeTls } from './kube-access.ts';
import { kubeconfigSchema, type ClusterConfig, type UserConfig } from './kubeconfig-schema.ts';

/** Parts of older kubeconfigs that kubectl itself has given up. */
const gone = ['auth-provider'];

/**
 * The API server of a kubeconfig's current context: client certificates, tokens (also in files, which are read again), passwords, and programs
 * that give credentials. Impersonation is not supported.
 * @throws MallaError `invalid` if the file cannot be read, or says what is not supported
 */
export function kubeconfigAccess(file: string): KubeAccess {
  const config = readConfig(file);
  const folder = dirname(resolve(file));
  const named = <T extends { readonly name: string }>(list: readonly T[], name: string, what: string): T => {
    const found = list.find((each) => each.name === name);
    if (found === undefined) throw invalid(file, `it has no ${what} "${name}"`);
    return found;
  };
  const { context } = named(config.contexts, config['current-context'], 'context');
  const { cluster } = named(config.clusters, context.cluster, 'cluster');
  const user = context.user === '' ? {} : (named(config.users ?? [], context.user, 'user').user ?? {});
  const unsupported = Object.keys(user).find((key) => gone.includes(key) || key.startsWith('as'));
  if (unsupported !== undefined) throw invalid(file, `${unsupported} of user "${context.user}" is not supported`);
  const held = new UserCredentials({ file, folder, cluster, user });
  return {
    server: cluster.server.replace(/\/+$/, ''),
    namespace: context.namespace ?? 'default',
    ...(cluster['proxy-url'] === undefined ? {} : { proxyUrl: cluster['proxy-url'] }),
    credentials: () => held.get(),
    refused: () => held.forget(),
  };
}

interface UserCredentialsParams {
  readonly file: string;
  readonly folder: string;
  readonly cluster: ClusterConfig;
  readonly user: UserConfig;
}

/** Files are read at each use, so that what others renew is used at once. */
class UserCredentials {
  readonly #params: UserCredentialsParams;
  readonly #exec: ExecCredentials | undefined;
  #tls: KubeTls | undefined;

  constructor(params: UserCredentialsParams) {
    this.#params = params;
    const { user, cluster, folder } = params;
    this.#exec = user.exec == null ? undefined : new ExecCredentials({ exec: user.exec, cluster, folder });
  }

  async get(): Promise<KubeCredentials> {
    const { cluster, user } = this.#params;
    const given = await this.#exec?.get();
    const tls = this.#same({
      ...optional('ca', this.#pem(cluster, 'certificate-authority')),
      ...optional('cert', given?.clientCertificateData ?? this.#pem(user, 'client-certificate')),
      ...optional('key', given?.clientKeyData ?? this.#pem(user, 'client-key')),
      ...optional('servername', cluster['tls-server-name']),
      verify: cluster['insecure-skip-tls-verify'] !== true,
    });
    const authorization = this.#authorization(given?.token);
    return authorization === undefined ? { tls } : { tls, authorization };
  }

  forget(): void {
    this.#exec?.forget();
  }

  /** Connections are kept for as long as nothing has changed. */
  #same(tls: KubeTls): KubeTls {
    if (this.#tls === undefined || JSON.stringify(tls) !== JSON.stringify(this.#tls)) this.#tls = tls;
    return this.#tls;
  }

  #authorization(given: string | undefined): string | undefined {
    const { user } = this.#params;
    const token = given ?? (user.tokenFile === undefined ? user.token : this.#read(user.tokenFile).trim());
    if (token !== undefined) return `Bearer ${token}`;
    if (user.username === undefined) return undefined;
    return `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
  }

  /** Data in the kubeconfig wins over a file. */
  #pem<K extends string>(
    part: { readonly [key in K | `${K}-data`]?: string | undefined },
    name: K,
  ): string | undefined {
    const data = part[`${name}-data`];
    if (data !== undefined && data !== '') return Buffer.from(data, 'base64').toString('utf8');
    const file = part[name];
    return file === undefined || file === '' ? undefined : this.#read(file);
  }

  #read(file: string): string {
    try {
      return readFileSync(resolve(this.#params.folder, file), 'utf8');
    } catch (cause) {
      throw invalid(this.#params.file, `${file} cannot be read`, cause);
    }
  }
}

function readConfig(file: string) {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new MallaError('invalid', `the kubeconfig ${file} cannot be read`, { cause });
  }
  const read = kubeconfigSchema.safeParse(parseYaml(file, text));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw invalid(file, `${(issue?.path ?? []).join('.')}: ${issue?.message ?? 'it is not one'}`);
}

function parseYaml(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw invalid(file, 'it is not YAML', cause);
  }
}

function invalid(file: string, reason: string, cause?: unknown): MallaError {
  return new MallaError('invalid', `the kubeconfig ${file} is not usable: ${reason}`, { cause });
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [key in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: string };
}
