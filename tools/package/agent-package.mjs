// `npm run package:agent`: the proxy-agent as an archive for machines without a checkout, such as virtual machines.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runQuietly } from '../setup/process.mjs';
import { say, SetupError } from '../setup/report.mjs';
import { RUN_STEPS, setUp } from '../setup/steps.mjs';

const USAGE = `usage: npm run package:agent -- [--out FOLDER]

  --out FOLDER   where to put malla-proxy-agent-VERSION-linux-ARCH.tar.gz; default: the present folder

It holds the agent, its built-in data plane, this checkout's Node.js, and units for systemd. With --data-plane envoy the agent
looks for Envoy where MALLA_ENVOY or PATH say.`;

/** Name of the folder in the archive, and of what is installed from it. */
const NAME = 'malla-proxy-agent';

/** @param {import('../setup/context.mjs').SetupContext} context @param {string[]} args @returns {Promise<number>} exit code */
export async function packageAgent(context, args) {
  let values;
  try {
    ({ values } = parseArgs({ args, options: { out: { type: 'string', default: '.' }, help: { type: 'boolean' } } }));
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    return 64;
  }
  if (values.help === true) {
    console.log(USAGE);
    return 0;
  }
  await setUp(context, RUN_STEPS);
  const { version } = JSON.parse(fs.readFileSync(path.join(context.root, 'package.json'), 'utf8'));
  const archive = path.resolve(values.out, `${NAME}-${version}-linux-${process.arch}.tar.gz`);
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-package-'));
  try {
    await gather(context, path.join(work, NAME), work);
    await pack(work, archive);
  } finally {
    fs.rmSync(work, { recursive: true, force: true });
  }
  say(`${path.relative(process.cwd(), archive)}: ${(fs.statSync(archive).size / 1e6).toFixed(1)} MB`);
  return 0;
}

async function gather(context, folder, work) {
  const traced = path.join(work, 'traced');
  // The front door runs with nothing installed, on an older Node.js; what it just set up can trace.
  const trace = [context.node, path.join(context.root, 'tools/images/trace.mjs'), traced, 'proxy-agent'];
  const { code, output } = await runQuietly(trace, { env: context.env });
  if (code !== 0) throw new SetupError('the files of the agent could not be gathered', output.trim());
  fs.cpSync(path.join(import.meta.dirname, 'agent'), folder, { recursive: true });
  fs.renameSync(path.join(traced, 'proxy-agent/malla'), path.join(folder, 'app'));
  fs.rmSync(traced, { recursive: true });
  fs.mkdirSync(path.join(folder, 'bin'));
  fs.copyFileSync(context.node, path.join(folder, 'bin/node'));
  fs.chmodSync(path.join(folder, 'bin/node'), 0o755);
  for (const file of ['LICENSE', 'NOTICE']) fs.copyFileSync(path.join(context.root, file), path.join(folder, file));
}

/** The same files give the same archive. */
async function pack(work, archive) {
  fs.mkdirSync(path.dirname(archive), { recursive: true });
  const same = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--mode=u+rwX,go+rX-w'];
  const env = { ...process.env, GZIP: undefined };
  const { code, output } = await runQuietly(['tar', '-C', work, ...same, '-czf', archive, NAME], { env });
  if (code !== 0) throw new SetupError(`tar ended with ${code}`, output.trim());
}
