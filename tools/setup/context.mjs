// Where set-up puts things, and the environment that it hands to the tasks.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Stamps } from './stamps.mjs';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/**
 * @typedef {object} SetupContext
 * @property {string} root the checkout
 * @property {string} tools what set-up installs beside npm's packages; ignored by git
 * @property {Stamps} stamps
 * @property {NodeJS.ProcessEnv} env environment of every child; steps add to it
 * @property {string} [node] the Node.js that tasks run on, once its step is done
 */

/** Variables that npm sets for a script and that would mislead an npm started inside it. */
const NPM_SCRIPT_VARIABLE =
  /^(npm_(package|lifecycle)_|npm_config_(local_prefix|prefix|workspaces?|include_workspace_root)$)/i;

/** @returns {SetupContext} */
export function createContext(root = ROOT, env = process.env) {
  const tools = path.join(root, '.tools');
  const kept = Object.entries(env).filter(([name]) => !NPM_SCRIPT_VARIABLE.test(name));
  return {
    root,
    tools,
    stamps: new Stamps(path.join(tools, 'stamps')),
    // Nx never talks to anybody, and Prisma does not look for an engine that it does not need.
    env: {
      ...Object.fromEntries(kept),
      NX_DAEMON: 'false',
      NX_NO_CLOUD: 'true',
      PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  };
}

/** Puts a folder first on the children's PATH. */
export function prependPath(context, folder) {
  const rest = (context.env.PATH ?? '').split(path.delimiter).filter((entry) => entry !== folder);
  context.env.PATH = [folder, ...rest].join(path.delimiter);
}
