// Does what a guide says, step by step, and compares what comes out.
import fs from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { missingLine } from './compare.mjs';
import { readGuide } from './read-guide.mjs';

/** A step did not do what the guide says. */
export class GuideError extends Error {}

/**
 * Where a guide is tried.
 * @typedef {object} Trial
 * @property {(place: string | undefined) => Promise<import('./terminal.mjs').Terminal>} terminal of a place; of the first one without a name
 * @property {Record<string, (step: import('./read-guide.mjs').Step) => Promise<void>>} [instead] what steps with `instead` do here
 */

const REPEAT_EVERY_MS = 1_000;

/**
 * @param {object} params
 * @param {string} params.file the guide @param {Trial} params.trial @param {(line: string) => void} params.say
 * @returns {Promise<number>} how many commands were done
 * @throws {GuideError} at the first step that does otherwise
 */
export async function tryGuide({ file, trial, say }) {
  const steps = readGuide(fs.readFileSync(file, 'utf8'));
  let done = 0;
  for (const step of steps) {
    const { skip, instead, file: name } = step.directives;
    if (skip !== undefined) {
      say(`  ${step.line}: left out: ${skip}`);
    } else if (instead !== undefined) {
      const own = trial.instead?.[instead];
      if (own === undefined) throw new GuideError(`${file}:${step.line}: this trial has nothing for "${instead}"`);
      say(`  ${step.line}: (${instead})`);
      await own(step);
    } else if (name !== undefined) {
      await writeFile(trial, step, name);
    } else {
      done += await doStep({ file, step, trial, say });
    }
  }
  return done;
}

async function writeFile(trial, step, name) {
  const terminal = await trial.terminal(step.directives.on);
  const { code, output } = await terminal.run(
    `mkdir -p "$(dirname ${name})" && cat > ${name} <<'END_OF_FILE'\n${step.text}\nEND_OF_FILE`,
    10_000,
  );
  if (code !== 0) throw new GuideError(`line ${step.line}: cannot write ${name}: ${output}`);
}

async function doStep({ file, step, trial, say }) {
  const terminal = await trial.terminal(step.directives.on);
  for (const [i, command] of step.commands.entries()) {
    say(`  ${step.line}: ${command.text.split('\n')[0]}${command.text.includes('\n') ? ' ...' : ''}`);
    const problem =
      step.directives.background === undefined
        ? await doCommand(terminal, command, step.directives)
        : await startInBackground(terminal, command, step.directives, `${step.line}-${i}`);
    if (problem !== undefined) throw new GuideError(`${file}:${step.line}: ${problem}`);
  }
  return step.commands.length;
}

/** What is wrong, or undefined. */
async function doCommand(terminal, command, { withinMs, repeat, anyOrder, fails }) {
  const until = Date.now() + withinMs;
  for (;;) {
    const { code, output } = await terminal.run(command.text, Math.max(1_000, until - Date.now()));
    if (code === 124) return `still running after ${withinMs / 1000} s:\n${command.text}\n${end(output)}`;
    const problem = problemOf(command, { code, output, anyOrder, fails });
    if (problem === undefined || !repeat || Date.now() > until) return problem;
    await wait(REPEAT_EVERY_MS);
  }
}

function problemOf({ text, expected }, { code, output, anyOrder, fails }) {
  const missing = missingLine(expected, output, { anyOrder });
  if (missing !== undefined) return `did not come out: ${missing}\nof: ${text}\nbut:\n${end(output)}`;
  if (fails) return code === 0 ? `was to fail: ${text}\n${end(output)}` : undefined;
  // Where a guide shows what comes out, that is what counts: a pipe ends with the code of its last part only.
  if (code !== 0 && expected.length === 0) return `ended with ${code}: ${text}\n${end(output)}`;
  return undefined;
}

async function startInBackground(terminal, { text }, { background, withinMs }, id) {
  const log = `/tmp/try-guide-${id}.log`;
  const started = await terminal.run(`{ ${text}\n} >${log} 2>&1 &\ntried_${id.replace('-', '_')}=$!`, 10_000);
  if (started.code !== 0) return `cannot start: ${text}\n${end(started.output)}`;
  const until = Date.now() + withinMs;
  for (;;) {
    const { output } = await terminal.run(
      `cat ${log}; kill -0 $tried_${id.replace('-', '_')} || echo IT_HAS_ENDED`,
      10_000,
    );
    if (background.test(output)) return undefined;
    if (output.includes('IT_HAS_ENDED')) return `ended: ${text}\n${end(output)}`;
    if (Date.now() > until) return `no ${background} after ${withinMs / 1000} s: ${text}\n${end(output)}`;
    await wait(REPEAT_EVERY_MS);
  }
}

/** What is at the end tells why. */
function end(output) {
  return output.trimEnd().split('\n').slice(-40).join('\n');
}
