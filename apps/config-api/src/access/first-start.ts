import fs from 'node:fs';
import path from 'node:path';
import { MallaError } from '@malla/model';
import type { TokenTable } from '@malla/store-prisma';
import { stringify } from 'yaml';

export interface FirstStartParams {
  readonly tokens: TokenTable;
  readonly stateDir: string;
  /** How clients on this machine reach the REST API, such as `https://127.0.0.1:16443`. */
  readonly serverUrl: string;
  /** PEM of the mesh's roots. */
  readonly roots: string;
}

export interface AdminFiles {
  readonly tokenFile: string;
  readonly kubeconfigFile: string;
}

/** Where the administrator finds the token and the kubeconfig. */
export function adminFiles(stateDir: string): AdminFiles {
  return { tokenFile: path.join(stateDir, 'admin.token'), kubeconfigFile: path.join(stateDir, 'kubeconfig') };
}

/**
 * Makes the administrator's token on the first start (or when its file was lost or the database is new), and writes the
 * kubeconfig anew on each start, for address and roots may have changed. Both 0600.
 */
export async function prepareAdminAccess(params: FirstStartParams): Promise<AdminFiles> {
  const { tokens, stateDir } = params;
  const files = adminFiles(stateDir);
  fs.mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const token = (await knownToken(tokens, files.tokenFile)) ?? (await newToken(tokens, files.tokenFile));
  writePrivate(files.kubeconfigFile, kubeconfig(params, token));
  return files;
}

async function knownToken(tokens: TokenTable, file: string): Promise<string | undefined> {
  if (!fs.existsSync(file)) return undefined;
  const token = fs.readFileSync(file, 'utf8').trim();
  try {
    await tokens.check(token);
    return token;
  } catch (thrown) {
    if (MallaError.from(thrown).code === 'unauthenticated') return undefined;
    throw thrown;
  }
}

async function newToken(tokens: TokenTable, file: string): Promise<string> {
  const { token } = await tokens.create({
    name: 'admin',
    grants: [{ role: 'admin', namespace: '*' }],
    createdBy: 'system:config-api',
  });
  writePrivate(file, `${token}\n`);
  return token;
}

/** Appears complete or not at all. */
function writePrivate(file: string, text: string): void {
  const staging = `${file}.${process.pid}.tmp`;
  fs.writeFileSync(staging, text, { mode: 0o600 });
  fs.renameSync(staging, file);
}

function kubeconfig({ serverUrl, roots }: FirstStartParams, token: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'malla',
    clusters: [
      {
        name: 'malla',
        cluster: { server: serverUrl, 'certificate-authority-data': Buffer.from(roots).toString('base64') },
      },
    ],
    users: [{ name: 'malla-admin', user: { token } }],
    contexts: [{ name: 'malla', context: { cluster: 'malla', user: 'malla-admin', namespace: 'default' } }],
  });
}
