// The one front door for people and CI: node tools/run.mjs TASK [argument ...], or `npm run TASK -- [argument ...]`.
// It runs on Node 20 and newer with nothing installed, sets up what the task needs, and then runs the task.
import { createContext } from './setup/context.mjs';
import { say, SetupError } from './setup/report.mjs';
import { TASKS } from './tasks/tasks.mjs';

/** The oldest Node.js that this front door itself runs on. */
const OLDEST_NODE = 20;

async function main([name, ...args]) {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    say(`Node.js ${OLDEST_NODE} or newer is needed to start; this is ${process.version}.`);
    return 69;
  }
  const task = Object.hasOwn(TASKS, name ?? '') ? TASKS[name] : undefined;
  if (!task) {
    const width = Math.max(...Object.keys(TASKS).map((key) => key.length));
    say(`usage: node tools/run.mjs TASK [argument ...]\n`);
    for (const [key, { summary }] of Object.entries(TASKS)) say(`  ${key.padEnd(width)}  ${summary}`);
    return name === undefined || name === '--help' || name === 'help' ? 0 : 64;
  }
  try {
    return await task.run(createContext(), args);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`\n${error.message}`);
    if (error.advice) say(`\n${error.advice}`);
    task.onSetupError?.();
    return 69;
  }
}

// Exit codes: 0 done, 1 the task failed, 64 wrong usage, 69 something that is needed is out of reach (sysexits.h).
process.exitCode = await main(process.argv.slice(2));
