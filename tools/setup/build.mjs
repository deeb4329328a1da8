// Compiles every project, in the order of their references.
import path from 'node:path';
import { SetupError } from './report.mjs';
import { runQuietly } from './process.mjs';

/** The compiler: TypeScript 7 by path, because two packages own the name `tsc`. */
export function compiler(context) {
  return [context.node, path.join(context.root, 'node_modules/typescript7/bin/tsc')];
}

/** @type {import('./steps.mjs').Step} */
export const buildStep = {
  title: 'Build',
  // The compiler itself knows best what is out of date, and says so in a fraction of a second.
  isDone: async (context) => {
    const { output } = await runQuietly([...compiler(context), '-b', '--dry'], { cwd: context.root, env: context.env });
    return !/would build/.test(output);
  },
  async run(context) {
    const { code, output } = await runQuietly([...compiler(context), '-b'], { cwd: context.root, env: context.env });
    if (code !== 0) throw new SetupError(`Build: the compiler found errors\n${output.trimEnd()}`);
  },
};
