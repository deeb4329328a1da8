import { readFileSync } from 'node:fs';
import path from 'node:path';
import { MallaError } from '@malla/model';
import type { KubeconfigFile, Named } from '../connection/kubeconfig.ts';
import { kubeconfigPaths, loadKubeconfigs, saveKubeconfig } from '../connection/kubeconfig-files.ts';
import { UsageError } from '../failure.ts';
import { toJson } from '../output/print-data.ts';
import { renderColumns } from '../output/table.ts';
import type { CommandInput } from '../command.ts';

export interface AddContextOptions {
  readonly caFile?: string;
  readonly use?: boolean;
}

/** Replaces the entry of the same name, or adds it. */
function put(list: readonly Named[] | undefined, entry: Named): readonly Named[] {
  return [...(list ?? []).filter((e) => e.name !== entry.name), entry];
}

/** The file that contexts are written to, the first of KUBECONFIG as with kubectl, and what it holds. */
function writable(input: CommandInput<unknown>): { file: string; config: KubeconfigFile } {
  const [file = ''] = kubeconfigPaths(input.options.kubeconfig, input.terminal);
  return { file, config: loadKubeconfigs([file])[0]?.config ?? {} };
}

/** `context add`: cluster, user and context of one name. */
export async function addContext(input: CommandInput<AddContextOptions>): Promise<void> {
  const { args, options, terminal } = input;
  const name = args[0] as string;
  if (options.server === undefined) throw new UsageError('give the address of config-api with --server https://...');
  const ca =
    options.caFile === undefined
      ? {}
      : {
          'certificate-authority-data': Buffer.from(readCa(path.resolve(terminal.cwd, options.caFile))).toString(
            'base64',
          ),
        };
  const { file, config } = writable(input);
  const namespace = options.namespace === undefined ? {} : { namespace: options.namespace };
  saveKubeconfig(file, {
    ...config,
    clusters: put(config.clusters, { name, cluster: { server: options.server, ...ca } }),
    users: put(config.users, { name, user: options.token === undefined ? {} : { token: options.token } }),
    contexts: put(config.contexts, { name, context: { cluster: name, user: name, ...namespace } }),
    ...(options.use === true || config['current-context'] === undefined ? { 'current-context': name } : {}),
  });
  terminal.out(`context "${name}" written to ${file}\n`);
}

function readCa(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new MallaError('invalid', `cannot read ${file}: ${thrown instanceof Error ? thrown.message : ''}`);
  }
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new MallaError('invalid', `${file} has no certificate in PEM`);
  return text;
}

/** `context use` */
export async function useContext(input: CommandInput<unknown>): Promise<void> {
  const name = input.args[0] as string;
  const all = loadKubeconfigs(kubeconfigPaths(input.options.kubeconfig, input.terminal)).flatMap(
    (f) => f.config.contexts ?? [],
  );
  if (!all.some((c) => c.name === name))
    throw new MallaError('not_found', `no context "${name}"; there are ${all.map((c) => c.name).join(', ') || 'none'}`);
  const { file, config } = writable(input);
  saveKubeconfig(file, { ...config, 'current-context': name });
  input.terminal.out(`switched to context "${name}"\n`);
}

/** `context list`: names, servers, and which is the current one. */
export async function listContexts(
  input: CommandInput<{ readonly output?: 'table' | 'name' | 'json' }>,
): Promise<void> {
  const files = loadKubeconfigs(kubeconfigPaths(input.options.kubeconfig, input.terminal));
  const current = files.map((f) => f.config['current-context']).find((c) => c !== undefined);
  const clusters = files.flatMap((f) => f.config.clusters ?? []) as readonly {
    name: string;
    cluster?: { server?: string };
  }[];
  const contexts = files.flatMap((f) => f.config.contexts ?? []) as readonly {
    name: string;
    context?: { cluster?: string; namespace?: string };
  }[];
  const rows = contexts.map(({ name, context }) => ({
    name,
    current: name === current,
    server: clusters.find((c) => c.name === context?.cluster)?.cluster?.server ?? '',
    namespace: context?.namespace ?? 'default',
  }));
  const { output } = input.options;
  if (output === 'json') return input.terminal.out(toJson(rows));
  if (output === 'name') return input.terminal.out(rows.map((r) => `${r.name}\n`).join(''));
  input.terminal.out(
    renderColumns(
      ['CURRENT', 'NAME', 'SERVER', 'NAMESPACE'],
      rows.map((r) => [r.current ? '*' : '', r.name, r.server, r.namespace]),
    ),
  );
}
