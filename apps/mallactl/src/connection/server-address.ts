import { readFileSync } from 'node:fs';
import { MallaError } from '@malla/model';
import { UsageError } from '../failure.ts';
import type { Terminal } from '../terminal.ts';
import type { GlobalOptions } from '../options.ts';
import { readContext, type ContextFacts } from './kubeconfig.ts';
import { kubeconfigPaths, loadKubeconfigs } from './kubeconfig-files.ts';

/** A server and how to talk to it. PEM and tokens are secrets: never printed. */
export interface ServerAddress {
  readonly url: URL;
  readonly ca?: string;
  readonly insecure: boolean;
  readonly tlsServerName?: string;
  readonly token?: string;
  readonly clientCertificate?: string;
  readonly clientKey?: string;
  /** Namespace of the context; `default` without one. */
  readonly namespace: string;
}

/** Finds the server: flags win over the kubeconfig. Throws `invalid` with what to set when there is none. */
export function findServer(options: GlobalOptions, terminal: Terminal): ServerAddress {
  const paths = kubeconfigPaths(options.kubeconfig, terminal);
  const files = loadKubeconfigs(paths);
  if (files.length === 0 && options.kubeconfig !== undefined)
    throw new MallaError('invalid', `there is no kubeconfig ${paths[0]}`);
  if (files.length === 0 && options.server === undefined) {
    throw new UsageError(
      `no server is configured: there is no ${paths.join(', ')}; set KUBECONFIG to the kubeconfig that config-api wrote at its first start, or pass --server and --token`,
    );
  }
  const facts: ContextFacts =
    files.length === 0
      ? { context: '', server: options.server as string, insecure: false }
      : readContext(files, options.context);
  return addressOf({ ...facts, server: options.server ?? facts.server }, options);
}

function addressOf(facts: ContextFacts, options: GlobalOptions): ServerAddress {
  const ca = pem(facts.caData, facts.caFile);
  const token =
    options.token ?? facts.token ?? (facts.tokenFile === undefined ? undefined : readText(facts.tokenFile).trim());
  const clientCertificate = pem(facts.clientCertificateData, facts.clientCertificateFile);
  const clientKey = pem(facts.clientKeyData, facts.clientKeyFile);
  return {
    url: serverUrl(facts.server),
    insecure: facts.insecure,
    namespace: facts.namespace ?? 'default',
    ...(ca === undefined ? {} : { ca }),
    ...(facts.tlsServerName === undefined ? {} : { tlsServerName: facts.tlsServerName }),
    ...(token === undefined ? {} : { token }),
    ...(clientCertificate === undefined ? {} : { clientCertificate }),
    ...(clientKey === undefined ? {} : { clientKey }),
  };
}

function serverUrl(text: string): URL {
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  if (url === null) throw new MallaError('invalid', `"${text}" is not the URL of a server`);
  if (url.protocol !== 'https:')
    throw new MallaError('invalid', `${text}: only https is spoken, since tokens are sent`);
  return url;
}

function pem(data: string | undefined, file: string | undefined): string | undefined {
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  return file === undefined ? undefined : readText(file);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new MallaError('invalid', `cannot read ${file}, which the kubeconfig names`);
  }
}
