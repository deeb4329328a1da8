// A fresh clone of HEAD in a folder of its own, with this machine's programs.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT } from '../../setup/context.mjs';
import { runQuietly } from '../../setup/process.mjs';
import { SetupError } from '../../setup/report.mjs';
import { Terminal } from '../terminal.mjs';

/** @param {{ env?: Record<string, string>, echo: (text: string) => void }} options */
export async function openClone({ env = {}, echo }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-guides-'));
  const clone = path.join(folder, 'malla');
  const { code, output } = await runQuietly(['git', 'clone', '--quiet', '--no-hardlinks', ROOT, clone]);
  if (code !== 0) throw new SetupError('the checkout could not be cloned', output.trim());
  const terminal = new Terminal(['bash', '--norc'], { cwd: clone, env: { ...outside(process.env), ...env }, echo });
  return {
    folder: clone,
    terminal,
    async close() {
      await terminal.close();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The environment of somebody who has not run the front door of this checkout, which put its own programs first. */
function outside(env) {
  const own = (entry) =>
    entry.startsWith(path.join(ROOT, '.tools')) || entry.startsWith(path.join(ROOT, 'node_modules'));
  const kept = Object.entries(env).filter(
    ([name]) => !/^(npm_|MALLA_|NX_|PRISMA_|INIT_CWD)/.test(name) || /^npm_config_(cafile|registry)$/.test(name),
  );
  const PATH = (env.PATH ?? '').split(path.delimiter).filter((entry) => !own(entry));
  return { ...Object.fromEntries(kept), PATH: PATH.join(path.delimiter) };
}
