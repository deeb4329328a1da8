// `npm run test:guides`: does what the guides say, in clean environments. Ends with nothing left running.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../setup/context.mjs';
import { say, SetupError } from '../setup/report.mjs';
import { compose } from './trials/compose.mjs';
import { kubernetes } from './trials/kubernetes.mjs';
import { laptop } from './trials/laptop.mjs';
import { vm } from './trials/vm.mjs';
import { GuideError, tryGuide } from './try-guide.mjs';

/**
 * A guide and where it is tried.
 * @typedef {object} Guide
 * @property {string[]} files tried one after the other in the same place
 * @property {(options: { echo: (text: string) => void, keep: boolean }) => Promise<import('./try-guide.mjs').Trial & { close: () => Promise<void> }>} open
 */

/** @type {Record<string, Guide>} */
const GUIDES = { laptop, compose, kubernetes, vm };

const USAGE = `usage: npm run test:guides -- [--verbose] [--keep] [GUIDE ...]

  GUIDE      ${Object.keys(GUIDES).join(', ')}; default: all
  --verbose  show what comes out
  --keep     use the chroot's clone of the last trial again, brought to HEAD: set-up has less to do

  laptop      a chroot with git, Node.js 20 and npm (tools/clean-room.sh): needs root and debootstrap
  compose     a fresh clone, with this machine's Docker
  kubernetes  a fresh clone, and the cluster of KUBECONFIG, or one that MALLA_KUBE/up.sh starts
  vm          the same chroot, and a machine with systemd in namespaces: needs root and debootstrap

A guide whose means this machine lacks is told as left out, and the exit code is 69 then.`;

/** Closes what is tried at present. */
let closeTrial = async () => undefined;

/** @returns {Promise<'done' | 'failed' | 'left out'>} */
async function tryOne(name, options) {
  const { files, open } = GUIDES[name];
  say(`${name}: ${files.join(', ')}`);
  let trial;
  try {
    trial = await open(options);
    closeTrial = trial.close;
    let commands = 0;
    for (const file of files) commands += await tryGuide({ file: path.join(ROOT, file), trial, say });
    say(`${name}: ${commands} commands did what the guide says`);
    return 'done';
  } catch (error) {
    if (error instanceof SetupError) {
      say(`${name}: left out: ${error.message}${error.advice === undefined ? '' : `\n${error.advice}`}`);
      return 'left out';
    }
    if (!(error instanceof GuideError)) throw error;
    say(`${name}: ${error.message}`);
    return 'failed';
  } finally {
    closeTrial = async () => undefined;
    await trial?.close();
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.once(signal, () => void closeTrial().finally(() => process.exit(130)));

async function main() {
  let values, positionals;
  try {
    const options = { verbose: { type: 'boolean' }, keep: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } };
    ({ values, positionals } = parseArgs({ options, allowPositionals: true }));
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    return 64;
  }
  const unknown = positionals.find((name) => !Object.hasOwn(GUIDES, name));
  if (values.help === true || unknown !== undefined) {
    console.error(unknown === undefined ? USAGE : `no guide ${unknown}\n\n${USAGE}`);
    return unknown === undefined ? 0 : 64;
  }
  const echo = values.verbose === true ? (text) => process.stdout.write(text) : () => undefined;
  const results = [];
  for (const name of positionals.length > 0 ? positionals : Object.keys(GUIDES)) {
    results.push([name, await tryOne(name, { echo, keep: values.keep === true })]);
  }
  for (const [name, result] of results) say(`${result === 'done' ? '✓' : '✗'} ${name}: ${result}`);
  const outcomes = results.map(([, result]) => result);
  return outcomes.includes('failed') ? 1 : outcomes.includes('left out') ? 69 : 0;
}

process.exitCode = await main();
