// Node.js for everything but this front door: the one that runs it when it is new enough, else one in .tools.
import fs from 'node:fs';
import path from 'node:path';
import { npm } from './npm.mjs';
import { SetupError } from './report.mjs';
import { prependPath } from './context.mjs';
import { runQuietly } from './process.mjs';

/** The version that is installed when the machine's own has another major number. */
export const NODE_VERSION = '24.21.0';

const [MAJOR] = NODE_VERSION.split('.');

/** npm's package of one platform's binary; it needs no install script. */
function packageName(platform = process.platform, arch = process.arch) {
  const prefix = platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node';
  return `${prefix}-${platform}-${arch}`;
}

/** Folder of the installed binary. */
function binFolder(context) {
  return path.join(context.tools, 'node_modules', packageName(), 'bin');
}

function installedVersion(context) {
  try {
    return JSON.parse(fs.readFileSync(path.join(binFolder(context), '..', 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}

/** @type {import('./steps.mjs').Step} */
export const nodeStep = {
  title: `Node.js ${NODE_VERSION} into .tools`,
  isDone: (context) => process.versions.node.startsWith(`${MAJOR}.`) || installedVersion(context) === NODE_VERSION,
  async run(context) {
    fs.mkdirSync(context.tools, { recursive: true });
    const wanted = `${packageName()}@${NODE_VERSION}`;
    await npm(context, ['install', '--prefix', context.tools, '--no-package-lock', wanted], `Node.js ${NODE_VERSION}`);
    const { code, output } = await runQuietly([path.join(binFolder(context), 'node'), '--version']);
    if (code !== 0) {
      throw new SetupError(
        `Node.js ${NODE_VERSION} does not run on this machine: ${output.trim()}`,
        'It needs glibc 2.28 or newer.',
      );
    }
  },
  provide(context) {
    const own = process.versions.node.startsWith(`${MAJOR}.`) ? path.dirname(process.execPath) : binFolder(context);
    prependPath(context, own);
    context.node = path.join(own, 'node');
  },
};
