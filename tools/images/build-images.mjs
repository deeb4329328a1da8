// `npm run images`: builds every image, and fails when one is too large.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { say, SetupError } from '../setup/report.mjs';
import { APPS, imageName, LARGEST_IMAGE } from './apps.mjs';
import { builderEnvironment, docker, dockerText, needDocker } from './docker.mjs';
import { npmSetting, writeTrust } from './trust.mjs';

const USAGE = `usage: npm run images -- [--only APP,...] [--ref COMMIT] [--no-cache]
  --only      not all of ${Object.keys(APPS).join(', ')}
  --ref       the sources of a commit instead of those of the checkout
  --no-cache  build every layer anew`;

/** Variables that Docker hands to builds without being declared there. */
const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];

/** @param {import('../setup/context.mjs').SetupContext} context @param {string[]} args @returns {Promise<number>} exit code */
export async function buildImages({ root, env }, args) {
  const options = readOptions(args);
  if (typeof options === 'number') return options;
  await needDocker(env);
  const source = sourcesOf(root, options.ref);
  try {
    await writeTrust(source.folder, env);
    const buildEnv = await builderEnvironment(env);
    const common = await commonArguments(source, env, options);
    for (const app of options.apps) {
      const tag = imageName(app, source.version);
      say(`\n--- ${tag}`);
      const command = ['build', ...common, '--target', app, '--tag', tag, source.folder];
      await docker(command, { cwd: root, env: buildEnv }, tag);
    }
    return report(options.apps, source.version, env);
  } finally {
    source.close();
  }
}

function readOptions(args) {
  const options = { only: { type: 'string' }, ref: { type: 'string' }, 'no-cache': { type: 'boolean' } };
  try {
    const { values } = parseArgs({ args, options: { ...options, help: { type: 'boolean' } } });
    if (values.help) {
      console.log(USAGE);
      return 0;
    }
    const apps = values.only?.split(',') ?? Object.keys(APPS);
    const unknown = apps.find((app) => !Object.hasOwn(APPS, app));
    if (unknown !== undefined) throw new Error(`there is no image ${unknown}`);
    return { apps, ref: values.ref, fresh: values['no-cache'] === true };
  } catch (error) {
    say(`${error.message}\n${USAGE}`);
    return 64;
  }
}

/**
 * The folder to build from with its version and time: the checkout with what is not committed, or the sources of a commit, unpacked.
 * Time is that of the last commit, so that the same sources give the same layers.
 */
function sourcesOf(root, ref) {
  const git = (...args) => spawnSync('git', ['-C', root, ...args], { encoding: 'utf8', maxBuffer: 1 << 30 });
  const shown = git('show', '--no-patch', '--format=%H %ct', ref ?? 'HEAD');
  if (ref !== undefined && shown.status !== 0) throw new SetupError(`There is no commit ${ref}`);
  const [revision = 'unknown', seconds = '0'] = shown.status === 0 ? shown.stdout.trim().split(' ') : [];
  const folder = ref === undefined ? root : fs.mkdtempSync(path.join(os.tmpdir(), 'malla-images-'));
  if (ref !== undefined) {
    const archive = spawnSync('git', ['-C', root, 'archive', revision], { maxBuffer: 1 << 30 });
    const unpacked = spawnSync('tar', ['-x', '-C', folder], { input: archive.stdout });
    if (archive.status !== 0 || unpacked.status !== 0) throw new SetupError(`The sources of ${ref} cannot be unpacked`);
  }
  const { version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const close = () => ref !== undefined && fs.rmSync(folder, { recursive: true, force: true });
  return { folder, version, revision, seconds: Number(seconds), close };
}

async function commonArguments({ version, revision, seconds }, env, { fresh }) {
  const registry = await npmSetting('registry', env);
  const values = {
    VERSION: version,
    REVISION: revision,
    CREATED: new Date(seconds * 1000).toISOString(),
    SOURCE_DATE_EPOCH: String(seconds),
    ...(registry && { NPM_REGISTRY: registry }),
    ...(env.PIP_INDEX_URL && { PIP_INDEX_URL: env.PIP_INDEX_URL }),
  };
  for (const name of PROXY_VARIABLES) if (env[name]) values[name] = env[name];
  const pairs = Object.entries(values).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  return fresh ? ['--no-cache', ...pairs] : pairs;
}

/** Prints a line for each image; 1 when one is too large. */
function report(apps, version, env) {
  const width = Math.max(...apps.map((app) => imageName(app, version).length));
  let tooLarge = 0;
  console.log(`\n${'IMAGE'.padEnd(width)}  SIZE`);
  for (const app of apps) {
    const name = imageName(app, version);
    const bytes = Number(dockerText(['image', 'inspect', '--format', '{{.Size}}', name], env));
    const isTooLarge = !(bytes <= LARGEST_IMAGE);
    if (isTooLarge) tooLarge += 1;
    const note = isTooLarge ? `  more than ${LARGEST_IMAGE / 1e6} MB` : '';
    console.log(`${name.padEnd(width)}  ${(bytes / 1e6).toFixed(1).padStart(6)} MB${note}`);
  }
  return tooLarge === 0 ? 0 : 1;
}
