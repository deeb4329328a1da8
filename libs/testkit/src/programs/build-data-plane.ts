import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const workspace = join(import.meta.dirname, '..', '..', '..', '..');

/**
 * Builds the built-in data plane, so that a process can run it; nothing to do when it is built. Types are checked elsewhere: what is wrong with them
 * keeps no test from running. @throws Error when nothing came of it
 */
export function buildDataPlane(): void {
  const compiler = join(workspace, 'node_modules', 'typescript7', 'bin', 'tsc');
  const project = join(workspace, 'libs', 'dataplane');
  const { stdout } = spawnSync(process.execPath, [compiler, '-b', project], { cwd: workspace, encoding: 'utf8' });
  if (!existsSync(join(project, 'dist', 'program', 'main.js')))
    throw new Error(`the data plane was not built: ${stdout}`);
}
