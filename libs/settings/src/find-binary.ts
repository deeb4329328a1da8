import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';

export interface FindBinaryParams {
  /** The file name, such as `envoy`. */
  readonly name: string;
  /** The variable that names the file outright, such as `MALLA_ENVOY`. */
  readonly variable: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the upward search for `.tools/bin` begins. */
  readonly cwd: string;
}

export type FoundBinary =
  { readonly found: true; readonly path: string } | { readonly found: false; readonly message: string };

/**
 * Finds an external program: the variable, then PATH, then `.tools/bin` in this folder or one above it.
 * A variable that is set but names no executable is a mistake, not a reason to search on.
 */
export function findBinary(params: FindBinaryParams): FoundBinary {
  const { name, variable, env, cwd } = params;
  const named = env[variable];
  if (named) {
    if (isExecutable(named)) return { found: true, path: resolve(cwd, named) };
    return { found: false, message: `${variable} names ${named}, which is not an executable file` };
  }
  for (const folder of [...pathFolders(env), ...toolFolders(cwd)]) {
    const path = join(folder, name);
    if (isExecutable(path)) return { found: true, path };
  }
  return { found: false, message: `${name} was not found: set ${variable}, put it on PATH, or place it in .tools/bin` };
}

function pathFolders(env: FindBinaryParams['env']): string[] {
  return (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
}

function toolFolders(cwd: string): string[] {
  const folders: string[] = [];
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    folders.push(join(folder, '.tools', 'bin'));
    if (dirname(folder) === folder) return folders;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
