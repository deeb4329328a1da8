// kubectl: where it is, and running it.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { runQuietly } from '../setup/process.mjs';
import { SetupError } from '../setup/report.mjs';

/** From MALLA_KUBECTL, PATH, or where the folder of MALLA_KUBE builds it. @param {NodeJS.ProcessEnv} env */
export function findKubectl(env) {
  const built = path.join(env.KUBE_CACHE ?? path.join(env.HOME ?? '/root', '.cache/kube-testenv'), 'bin');
  const folders = [...(env.PATH ?? '').split(path.delimiter), ...(env.MALLA_KUBE ? [built] : [])];
  const candidates = [env.MALLA_KUBECTL, ...folders.map((folder) => path.join(folder, 'kubectl'))];
  const found = candidates.find((file) => file !== undefined && fs.existsSync(file));
  if (found === undefined)
    throw new SetupError('kubectl is not there', 'Install kubectl 1.31 or newer, or name it in MALLA_KUBECTL.');
  return found;
}

/** Runs a command to its end; resolves to its output. @throws Error with the end of the output */
export async function must(command, options) {
  const { code, output } = await runQuietly(command, options);
  if (code === 0) return output;
  throw new Error(`${command.join(' ')} ended with ${code}:\n${output.trim().split('\n').slice(-25).join('\n')}`);
}

/** What kustomize makes of a folder; CRDs are more than the output that is kept of a command. @returns {Promise<string>} */
export async function render(kubectl, folder) {
  const target = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-kustomize-'));
  const file = path.join(target, 'all.yaml');
  try {
    await must([kubectl, 'kustomize', folder, '--output', file]);
    return fs.readFileSync(file, 'utf8');
  } finally {
    fs.rmSync(target, { recursive: true, force: true });
  }
}

/** A command's whole output, however much: objects of a cluster as JSON. @throws Error with what it complained of */
export async function outputOf([file, ...args], env) {
  const { stdout } = await promisify(execFile)(file, args, { env, maxBuffer: 256 * 1024 * 1024 });
  return stdout;
}
