import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { MallaError } from '@malla/model';
import type { Terminal } from '../terminal.ts';
import type { KubeconfigFile, LoadedFile } from './kubeconfig.ts';

/** Where a kubeconfig is looked for: the flag, else each file of KUBECONFIG, else ~/.kube/config, as kubectl does. */
export function kubeconfigPaths(flag: string | undefined, terminal: Terminal): readonly string[] {
  if (flag !== undefined) return [path.resolve(terminal.cwd, flag)];
  const listed = (terminal.env['KUBECONFIG'] ?? '').split(path.delimiter).filter((p) => p !== '');
  if (listed.length > 0) return listed.map((p) => path.resolve(terminal.cwd, p));
  return [path.join(terminal.env['HOME'] ?? os.homedir(), '.kube', 'config')];
}

/** Reads the files that exist. Throws `invalid` for one that is not YAML or cannot be read. */
export function loadKubeconfigs(paths: readonly string[]): readonly LoadedFile[] {
  return paths.filter((file) => existsSync(file)).map((file) => ({ path: file, config: readKubeconfig(file) }));
}

function readKubeconfig(file: string): KubeconfigFile {
  let content: unknown;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (thrown) {
    throw new MallaError(
      'invalid',
      `cannot read kubeconfig ${file}: ${thrown instanceof Error ? thrown.message.split('\n')[0] : ''}`,
    );
  }
  if (content === null || content === undefined) return {};
  if (typeof content !== 'object' || Array.isArray(content))
    throw new MallaError('invalid', `${file} is not a kubeconfig`);
  return content as KubeconfigFile;
}

/** Replaces a kubeconfig at once (a reader sees the old or the new one), readable by its owner alone. */
export function saveKubeconfig(file: string, config: KubeconfigFile): void {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, stringify({ apiVersion: 'v1', kind: 'Config', ...config }), { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, file);
}
