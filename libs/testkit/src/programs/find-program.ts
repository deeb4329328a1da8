import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where to look for a program that tests need. */
export interface FindProgramParams {
  /** Variable that names it outright. */
  readonly variable: string;
  /** File names, best first. */
  readonly names: readonly string[];
}

/** Path of a program: the variable, else PATH, else what `npm test` fetched into `.tools/bin`; undefined when there is none. */
export function findProgram({ variable, names }: FindProgramParams): string | undefined {
  const named = process.env[variable];
  if (named !== undefined && named !== '') return isProgram(named) ? named : undefined;
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
    fetchedPrograms(),
  ];
  for (const folder of folders) {
    for (const name of names) {
      const path = join(folder, name);
      if (isProgram(path)) return path;
    }
  }
  return undefined;
}

/** Envoy (MALLA_ENVOY), or undefined where there is none. */
export function findEnvoy(): string | undefined {
  return findProgram({ variable: 'MALLA_ENVOY', names: ['envoy'] });
}

/** Redis or Valkey (MALLA_REDIS_SERVER), or undefined where there is none. */
export function findRedisServer(): string | undefined {
  return findProgram({ variable: 'MALLA_REDIS_SERVER', names: ['redis-server', 'valkey-server'] });
}

/** `.tools/bin` of the workspace: four folders above this file, from sources and from the build alike. */
function fetchedPrograms(): string {
  return join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..', '.tools', 'bin');
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
