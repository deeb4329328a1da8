import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const workspace = join(import.meta.dirname, '..', '..', '..', '..');

/** Builds the built-in data plane, so that a process can run it; nothing to do when it is built. */
export function buildDataPlane(): void {
  const compiler = join(workspace, 'node_modules', 'typescript7', 'bin', 'tsc');
  execFileSync(process.execPath, [compiler, '-b', join(workspace, 'libs', 'dataplane')], { cwd: workspace });
}
