// `npm run images:base`: the images that come from a registry elsewhere, from Debian's and npm's packages. As root, on Debian or Ubuntu.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { npm } from '../../setup/npm.mjs';
import { NODE_VERSION } from '../../setup/node.mjs';
import { runQuietly } from '../../setup/process.mjs';
import { say, SetupError, withProgress } from '../../setup/report.mjs';
import { builderEnvironment, docker, dockerText, needDocker } from '../docker.mjs';
import { BASE_IMAGES, DEBIAN_IMAGE, NPM_VERSION } from './images.mjs';

const USAGE = `usage: npm run images:base -- [--only NAME,...] [--force] [--mirror URL]
  --only    not all of ${Object.keys(BASE_IMAGES).join(', ')}
  --force   also those that this engine has already
  --mirror  where debootstrap gets Debian 12 from (default: its own)`;

/** @param {import('../../setup/context.mjs').SetupContext} context @param {string[]} args @returns {Promise<number>} exit code */
export async function buildBaseImages(context, args) {
  const options = readOptions(args);
  if (typeof options === 'number') return options;
  const { env } = context;
  await needDocker(env);
  const isMissing = (image) =>
    options.force || dockerText(['image', 'inspect', '--format', '{{.Id}}', image], env) === undefined;
  const wanted = options.names.filter((name) => isMissing(BASE_IMAGES[name]));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-base-'));
  try {
    if (wanted.length > 0 && isMissing(DEBIAN_IMAGE))
      await makeDebian(path.join(folder, 'debian'), options.mirror, env);
    const buildEnv = await builderEnvironment(env);
    for (const name of wanted) {
      say(`\n--- ${BASE_IMAGES[name]}`);
      const build = await makeContext(path.join(folder, name), name, context);
      await docker(
        ['build', '--target', name, '--tag', BASE_IMAGES[name], build],
        { env: buildEnv },
        BASE_IMAGES[name],
      );
    }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
  for (const name of options.names) {
    const size = Number(dockerText(['image', 'inspect', '--format', '{{.Size}}', BASE_IMAGES[name]], env));
    console.log(
      `${BASE_IMAGES[name].padEnd(32)}  ${(size / 1e6).toFixed(1).padStart(6)} MB${wanted.includes(name) ? '' : '  was there'}`,
    );
  }
  return 0;
}

function readOptions(args) {
  const options = {
    only: { type: 'string' },
    force: { type: 'boolean' },
    mirror: { type: 'string' },
    help: { type: 'boolean' },
  };
  try {
    const { values } = parseArgs({ args, options });
    if (values.help) {
      console.log(USAGE);
      return 0;
    }
    const names = values.only?.split(',') ?? Object.keys(BASE_IMAGES);
    const unknown = names.find((name) => !Object.hasOwn(BASE_IMAGES, name));
    if (unknown !== undefined) throw new Error(`there is no image ${unknown}`);
    return { names, force: values.force === true, mirror: values.mirror };
  } catch (error) {
    say(`${error.message}\n${USAGE}`);
    return 64;
  }
}

/** Debian 12 with nothing but its essential packages and apt, imported as the image. */
async function makeDebian(folder, mirror, env) {
  if (process.getuid?.() !== 0) throw new SetupError('debootstrap needs root');
  await withProgress(`${DEBIAN_IMAGE} by debootstrap`, async () => {
    const command = ['debootstrap', '--variant=minbase', 'bookworm', folder, ...(mirror === undefined ? [] : [mirror])];
    const { code, output } = await runQuietly(command, { env });
    if (code === 127) throw new SetupError('debootstrap was not found on PATH', 'apt-get install debootstrap');
    if (code !== 0)
      throw new SetupError(`debootstrap ended with code ${code}\n${output.trim().split('\n').slice(-8).join('\n')}`);
    const caches = [
      './var/cache/apt/archives/*.deb',
      './var/lib/apt/lists/*',
      './dev/*',
      './usr/share/doc/*',
      './usr/share/locale/*',
    ];
    const tar = ['tar', '-C', folder, ...caches.map((place) => `--exclude=${place}`), '-c', '.'];
    // A pipe between the two, as an image does not fit into this process.
    const script = 'docker import --change \'CMD ["bash"]\' - "$0" < <("$@")';
    const { status, stderr } = spawnSync('bash', ['-c', script, DEBIAN_IMAGE, ...tar], { env, encoding: 'utf8' });
    if (status !== 0) throw new SetupError(`docker import: ${stderr}`);
  });
}

/** What the stage copies: the Dockerfile's folder, and for Node.js the packages of npm. */
async function makeContext(folder, name, context) {
  fs.cpSync(import.meta.dirname, folder, { recursive: true });
  if (name !== 'node') return folder;
  const platform = `node-${process.platform}-${process.arch}@${NODE_VERSION}`;
  const place = path.join(folder, 'packages');
  fs.mkdirSync(place);
  await npm(
    context,
    ['install', '--prefix', place, '--no-package-lock', platform, `npm@${NPM_VERSION}`],
    'Node.js and npm',
  );
  fs.renameSync(
    path.join(place, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin'),
    path.join(folder, 'bin'),
  );
  fs.renameSync(path.join(place, 'node_modules', 'npm'), path.join(folder, 'npm'));
  return folder;
}
