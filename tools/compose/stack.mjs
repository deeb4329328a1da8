// One installation of docker-compose.yml under a name and ports of its own.
import path from 'node:path';
import { runInForeground, runQuietly } from '../setup/process.mjs';
import { SetupError } from '../setup/report.mjs';

/** The two programs that read docker-compose.yml, the newer one first. */
const PROGRAMS = [['docker', 'compose'], ['docker-compose']];

/** @returns {Promise<string[]>} the first that is installed @throws SetupError */
export async function findCompose(env) {
  for (const command of PROGRAMS) {
    const { code } = await runQuietly([...command, 'version'], { env });
    if (code === 0) return command;
  }
  throw new SetupError(
    'Neither `docker compose` nor `docker-compose` is installed',
    'Install the Compose plug-in of Docker, or docker-compose 1.29.',
  );
}

const MALLACTL = ['node', '/malla/apps/mallactl/dist/bundle/start.js', '--server=https://config-api:16443'];

/** A container as one line of JSON: all that `docker inspect` tells of thirty is too much to keep. */
const CONTAINER = [
  '{"id":{{json .Id}}',
  '"image":{{json .Config.Image}}',
  '"service":{{json (index .Config.Labels "com.docker.compose.service")}}',
  '"once":{{json (index .Config.Labels "com.docker.compose.oneoff")}}',
  '"running":{{.State.Running}}',
  '"pid":{{.State.Pid}}',
  '"exitCode":{{.State.ExitCode}}',
  '"restarts":{{.RestartCount}}',
  '"health":{{$health := index .State "Health"}}{{if $health}}{{json $health.Status}}{{else}}null{{end}}}',
].join(',');

/** A container of the installation as Docker tells it. */
/** @typedef {{id: string, image: string, service: string, running: boolean, pid: number, health: string | null, exitCode: number, restarts: number}} Container */

export class Stack {
  /** @param {{command: string[], root: string, project: string, env: NodeJS.ProcessEnv}} params */
  constructor({ command, root, project, env }) {
    this.project = project;
    this.root = root;
    // docker-compose 1 gives up on an engine that is busy for a minute.
    this.env = { COMPOSE_HTTP_TIMEOUT: '600', ...env };
    this.command = [...command, '-f', path.join(root, 'docker-compose.yml'), '-p', project];
  }

  /** Runs a command of compose; throws with the end of its output when it fails. */
  async compose(...args) {
    const { code, output } = await runQuietly([...this.command, ...args], { cwd: this.root, env: this.env });
    if (code !== 0) throw new Error(`compose ${args.join(' ')} ended with code ${code}\n${output.trim().slice(-3000)}`);
    return output;
  }

  /** @returns {Promise<Container[]>} all containers, also those that have ended */
  async containers() {
    const filter = `label=com.docker.compose.project=${this.project}`;
    const ids = (await this.docker('ps', '-aq', '--no-trunc', '--filter', filter)).split('\n').filter(Boolean);
    if (ids.length === 0) return [];
    const lines = (await this.docker('inspect', '--format', CONTAINER, ...ids)).split('\n');
    return lines.map((line) => JSON.parse(line)).filter(({ once }) => once !== 'True');
  }

  /** @param {string} service @returns {Promise<Container>} */
  async container(service) {
    const found = (await this.containers()).find((each) => each.service === service);
    if (found === undefined) throw new Error(`there is no container of ${service}`);
    return found;
  }

  async docker(...args) {
    const { code, output } = await runQuietly(['docker', ...args], { env: this.env });
    if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with code ${code}: ${output.trim().slice(-2000)}`);
    return output.trim();
  }

  /** Runs a program in a service's container; gives code and output. */
  async exec(service, ...command) {
    const { id } = await this.container(service);
    return runQuietly(['docker', 'exec', id, ...command], { env: this.env });
  }

  /** Runs JavaScript in a service's container; its output when it ends well. */
  async script(service, text) {
    const { code, output } = await this.exec(service, 'node', '--input-type=module', '--eval', text);
    if (code !== 0) throw new Error(`a script in ${service} ended with code ${code}: ${output.trim().slice(-1000)}`);
    return output.trim();
  }

  /** What mallactl prints, in the container that has an administrator's access. */
  async mallactl(...args) {
    const { code, output } = await this.exec('join-tokens', ...MALLACTL, ...args);
    if (code !== 0) throw new Error(`mallactl ${args.join(' ')} ended with code ${code}: ${output.trim()}`);
    return output.trim();
  }

  /** Applies a manifest by mallactl. */
  async apply(manifest) {
    const { id } = await this.container('join-tokens');
    const text = Buffer.from(manifest).toString('base64');
    const feed = `const { spawnSync } = await import('node:child_process');
      const { status, stdout, stderr } = spawnSync('node', ${JSON.stringify([...MALLACTL.slice(1), 'apply', '-f', '-'])}, { input: Buffer.from('${text}', 'base64') });
      process.stdout.write(stdout); process.stderr.write(stderr); process.exitCode = status;`;
    return this.docker('exec', id, 'node', '--input-type=module', '--eval', feed);
  }

  /** Prints the last lines of every container's log. */
  async showLogs() {
    for (const { id, service, running, health, exitCode } of await this.containers()) {
      console.log(`--- ${service}: ${running ? (health ?? 'running') : `ended with ${exitCode}`}`);
      await runInForeground(['docker', 'logs', '--tail', '8', id], { env: this.env });
    }
  }

  /** Removes containers, networks and volumes. */
  async remove() {
    await this.compose(
      '--profile',
      'tools',
      '--profile',
      'observability',
      'down',
      '--volumes',
      '--remove-orphans',
      '--timeout',
      '5',
    );
  }
}
