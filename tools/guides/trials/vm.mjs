// A control plane in a clone on one machine, and a second machine that joins: both on one network of their own.
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import { ROOT } from '../../setup/context.mjs';
import { runQuietly } from '../../setup/process.mjs';
import { SetupError, withProgress } from '../../setup/report.mjs';
import { Terminal } from '../terminal.mjs';
import { CLONE, makeRoom, roomTerminal } from './clean-room.mjs';

const MACHINE = '/var/tmp/malla-guides-machine';
const SCRIPT = path.join(ROOT, 'tools/guides/machine.sh');
const BOOT_WITHIN_MS = 60_000;

/** Names and addresses as the guide has them. */
const CONTROL = { network: 'malla-guide-cp', address: '10.99.0.1/24' };
const VM = { network: 'malla-guide-vm', address: '10.99.0.2/24' };

/** Files that the guide has copied by scp, in the clone. */
const COPIED = ['hello.token', 'capture.rules', '.malla/certificate-authority/root-cert.pem'];

/** @type {import('../main.mjs').Guide} */
export const vm = {
  files: ['docs/guides/vm.md'],
  async open({ echo, keep }) {
    await makeRoom();
    await withProgress('the machine', () => must([SCRIPT, 'make', MACHINE]));
    await setUpClone({ echo, keep });
    const network = await makeNetwork();
    const machine = startMachine();
    const terminals = new Map();
    const close = async () => {
      await Promise.all([...terminals.values()].map((terminal) => terminal.close()));
      await machine.stop();
      await network.remove();
    };
    try {
      const enter = ['nsenter', '--target', String(await machine.ready()), '--all', '--root'];
      const env = {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: '/root',
        LANG: 'C.UTF-8',
      };
      const open = {
        control: () => roomTerminal({ keep: true, prefix: ['ip', 'netns', 'exec', CONTROL.network], echo }),
        vm: () => new Terminal([...enter, 'bash', '-c', 'cd /root; exec bash --norc'], { env, echo }),
      };
      const terminal = async (place = 'control') => {
        if (open[place] === undefined) throw new Error(`no such place: ${place}`);
        if (!terminals.has(place)) terminals.set(place, open[place]());
        return terminals.get(place);
      };
      return { terminal, close, instead: { 'copy to the machine': () => copy(enter) } };
    } catch (error) {
      await close();
      throw error;
    }
  },
};

/** Everything that needs the network of this machine: later the clone has one of its own. */
async function setUpClone(options) {
  const terminal = roomTerminal(options);
  try {
    const { code, output } = await withProgress('the clone', () =>
      terminal.run('rm -rf .malla && git clean -fdq && npm run setup', 1_800_000),
    );
    if (code !== 0) throw new SetupError('the clone could not be set up', output.slice(-2000));
  } finally {
    await terminal.close();
  }
}

async function makeNetwork() {
  const remove = async () => {
    for (const { network } of [CONTROL, VM]) await runQuietly(['ip', 'netns', 'delete', network]);
  };
  await remove();
  for (const { network } of [CONTROL, VM]) await must(['ip', 'netns', 'add', network]);
  await must([
    'ip',
    '-n',
    CONTROL.network,
    'link',
    'add',
    'eth0',
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    VM.network,
  ]);
  for (const { network, address } of [CONTROL, VM]) {
    await must(['ip', '-n', network, 'link', 'set', 'lo', 'up']);
    await must(['ip', '-n', network, 'address', 'add', address, 'dev', 'eth0']);
    await must(['ip', '-n', network, 'link', 'set', 'eth0', 'up']);
  }
  await must(['ip', '-n', VM.network, 'route', 'add', 'default', 'via', CONTROL.address.replace(/\/.*/, '')]);
  return { remove };
}

function startMachine() {
  const child = spawn(SCRIPT, ['boot', MACHINE, VM.network], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const ended = new Promise((resolve) => child.once('close', resolve));
  return {
    /** The process, as this machine sees it, that is the first one there; once it has started its services. */
    async ready() {
      const until = Date.now() + BOOT_WITHIN_MS;
      while (Date.now() < until) {
        const first = firstChild(child.pid);
        if (first !== undefined) {
          const state = await runQuietly([
            'nsenter',
            '--target',
            first,
            '--all',
            '--root',
            'systemctl',
            'is-system-running',
          ]);
          if (/^(running|degraded)$/m.test(state.output)) return first;
        }
        await wait(500);
      }
      throw new SetupError('the machine does not start', output.slice(-2000));
    },
    async stop() {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
      await ended;
    },
  };
}

function firstChild(pid) {
  try {
    return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0] || undefined;
  } catch {
    return undefined;
  }
}

async function copy(enter) {
  const archive = fs.readdirSync(CLONE).find((name) => /^malla-proxy-agent-.*\.tar\.gz$/.test(name));
  for (const file of [archive, ...COPIED]) {
    const into = ['bash', '-c', 'umask 077; cat > "/root/$1"', 'copy', path.basename(file)];
    await must([
      'bash',
      '-c',
      'file=$1; shift; exec "$@" < "$file"',
      'copy',
      path.join(CLONE, file),
      ...enter,
      ...into,
    ]);
  }
}

async function must(command) {
  const { code, output } = await runQuietly(command);
  if (code !== 0) throw new SetupError(`${command.join(' ')} ended with ${code}`, output.trim());
}
