// Set-up: an ordered list of steps, each skipped while what it makes is there.
import path from 'node:path';
import { buildStep } from './build.mjs';
import { bundleStep } from './bundle.mjs';
import { withLock } from './lock.mjs';
import { nodeStep } from './node.mjs';
import { packagesStep, postgresLinksStep } from './packages.mjs';
import { prismaClientStep } from './prisma-client.mjs';
import { envoyStep, redisStep } from './programs.mjs';
import { say, withProgress } from './report.mjs';

/**
 * @typedef {object} Step
 * @property {string} title for the progress line
 * @property {(context: import('./context.mjs').SetupContext) => boolean | Promise<boolean>} isDone quick and off line
 * @property {(context: import('./context.mjs').SetupContext) => Promise<void>} run throws SetupError
 * @property {(context: import('./context.mjs').SetupContext) => void} [provide] adds what was made to the context
 */

/** Enough to run the development tools. */
export const TOOL_STEPS = [nodeStep, packagesStep, postgresLinksStep, prismaClientStep];

/** Enough to run the tests, which take the libraries from source. */
export const TEST_STEPS = [...TOOL_STEPS, redisStep, envoyStep];

/** Enough to run the platform with its own data plane. */
export const RUN_STEPS = [...TOOL_STEPS, buildStep, bundleStep, redisStep];

/** Everything: Envoy too. */
export const ALL_STEPS = [...RUN_STEPS, envoyStep];

/**
 * Brings the checkout up to date. Prints nothing when there is nothing to do.
 * @param {import('./context.mjs').SetupContext} context @param {Step[]} steps
 */
export async function setUp(context, steps) {
  let announced = false;
  for (const step of steps) {
    if (!(await step.isDone(context))) {
      if (!announced) say('Setting up this checkout (needed once, and after a change of its inputs)');
      announced = true;
      await withLock(path.join(context.tools, 'setup.lock'), async () => {
        // Another set-up may have done it while this one waited.
        if (await step.isDone(context)) return;
        await withProgress(step.title, () => step.run(context));
      });
    }
    step.provide?.(context);
  }
}
