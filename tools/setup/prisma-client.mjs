// Prisma's client, generated from the schema of the store.
import fs from 'node:fs';
import path from 'node:path';
import { SetupError } from './report.mjs';
import { runQuietly } from './process.mjs';
import { digestOf } from './stamps.mjs';

const PROJECT = 'libs/store-prisma';
const SCHEMA = `${PROJECT}/prisma/schema.prisma`;

/** What the client depends on: its schema, and the version of Prisma. */
function inputs(root) {
  return digestOf({ file: path.join(root, SCHEMA) }, { file: path.join(root, 'node_modules/prisma/package.json') });
}

/** The folder that the schema's generator writes to. */
function outputFolder(root) {
  const output = /^\s*output\s*=\s*"([^"]+)"/m.exec(fs.readFileSync(path.join(root, SCHEMA), 'utf8'))?.[1];
  return output && path.resolve(root, path.dirname(SCHEMA), output);
}

/** @type {import('./steps.mjs').Step} */
export const prismaClientStep = {
  title: 'Prisma client',
  isDone({ root, stamps }) {
    if (!fs.existsSync(path.join(root, SCHEMA))) return true;
    const folder = outputFolder(root);
    return stamps.matches('prisma-client', inputs(root)) && (!folder || fs.existsSync(folder));
  },
  async run({ root, env, node, stamps }) {
    const cli = path.join(root, 'node_modules/prisma/build/index.js');
    const command = [node, cli, 'generate', '--schema', path.join(root, SCHEMA)];
    const { code, output } = await runQuietly(command, { cwd: path.join(root, PROJECT), env });
    if (code !== 0) throw new SetupError(`Prisma client: generation ended with code ${code}\n${output.trimEnd()}`);
    stamps.write('prisma-client', inputs(root));
  },
};
