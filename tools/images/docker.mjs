// The Docker engine, by its command line.
import { spawnSync } from 'node:child_process';
import { SetupError } from '../setup/report.mjs';
import { runInForeground, runQuietly } from '../setup/process.mjs';

/** Throws SetupError with what to do when there is no engine that answers. @param {NodeJS.ProcessEnv} env */
export async function needDocker(env) {
  const { code, output } = await runQuietly(['docker', 'version', '--format', '{{.Server.Version}}'], { env });
  if (code === 0) return;
  throw new SetupError(
    code === 127 ? 'docker was not found on PATH' : `No Docker engine answers: ${output.trim().split('\n').at(-1)}`,
    'Install Docker Engine 20.10 or newer, start it, and see that `docker version` shows a server for your user.',
  );
}

/** Environment for `docker build`: BuildKit where its plug-in is, else the classic builder. @param {NodeJS.ProcessEnv} env */
export async function builderEnvironment(env) {
  if (env.DOCKER_BUILDKIT !== undefined) return env;
  const { code } = await runQuietly(['docker', 'buildx', 'version'], { env });
  return { ...env, DOCKER_BUILDKIT: code === 0 ? '1' : '0' };
}

/** Runs `docker ...` on the terminal; throws SetupError when it fails. */
export async function docker(args, { cwd, env }, what) {
  const code = await runInForeground(['docker', ...args], { cwd, env });
  if (code !== 0) throw new SetupError(`${what}: docker ${args[0]} ended with code ${code}`);
}

/** What `docker ...` prints, without its end of line; undefined when it fails. */
export function dockerText(args, env) {
  const { status, stdout } = spawnSync('docker', args, { env, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
