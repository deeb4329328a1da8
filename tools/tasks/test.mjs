// `npm test`: set-up, the checks of the source, then every spec in one run of vitest. The last line gives the totals.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compiler } from '../setup/build.mjs';
import { runInForeground, runQuietly } from '../setup/process.mjs';
import { setUp, TEST_STEPS } from '../setup/steps.mjs';

/** Checks that run side by side. */
const PARALLEL_CHECKS = 2;

/** @param {import('../setup/context.mjs').SetupContext} context */
function sourceChecks(context) {
  const node = (file, ...args) => [context.node, path.join(context.root, file), ...args];
  return [
    { title: 'generated protobuf code', command: node('libs/protos/generate.mjs', '--check') },
    { title: 'project references', command: node('tools/sync-references.mjs', '--check') },
    { title: 'build', command: [...compiler(context), '-b'] },
    { title: 'types of the specs', command: [...compiler(context), '-p', 'tsconfig.spec.json'] },
    { title: 'lint', command: node('node_modules/eslint/bin/eslint.js', '.') },
    { title: 'formatting', command: node('node_modules/prettier/bin/prettier.cjs', '--check', '.') },
    { title: 'figures, for reading only', command: node('tools/checks/figures.ts'), show: true },
  ];
}

/** What can be checked only once everything is built. @param {import('../setup/context.mjs').SetupContext} context */
function buildChecks(context) {
  const command = [context.node, path.join(context.root, 'tools/reference/generate.mjs'), '--check'];
  return [{ title: 'reference pages and CustomResourceDefinitions', command }];
}

/** @param {import('../setup/context.mjs').SetupContext} context @returns {Promise<number>} failures */
async function runAllChecks(context) {
  return (await runChecks(context, sourceChecks(context))) + (await runChecks(context, buildChecks(context)));
}

/** Runs checks and prints a line for each, with its output when it failed or is there to be read. @returns {Promise<number>} failures */
async function runChecks(context, checks) {
  const waiting = [...checks];
  let failures = 0;
  const worker = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const started = Date.now();
      const { code, output } = await runQuietly(check.command, { cwd: context.root, env: context.env });
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      console.log(`${code === 0 ? '✓' : '✗'} ${check.title} (${seconds} s)`);
      if (code !== 0) failures += 1;
      else if (!check.show) continue;
      console.log(output.trimEnd().replace(/^/gm, '    '));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_CHECKS }, worker));
  return failures;
}

/**
 * @typedef {{passed: number, failed: number, skipped: number}} Totals
 */

/**
 * Counts a report of vitest's JSON reporter. A file that could not be loaded has no test that failed, and counts as one.
 * @param {string | undefined} report its text; undefined when vitest ended before it wrote one
 * @returns {Totals}
 */
export function countReport(report) {
  if (report === undefined) return { passed: 0, failed: 1, skipped: 0 };
  const { testResults } = JSON.parse(report);
  const totals = { passed: 0, failed: 0, skipped: 0 };
  for (const file of testResults) {
    const statuses = file.assertionResults.map((test) => test.status);
    if (file.status === 'failed' && !statuses.includes('failed')) totals.failed += 1;
    for (const status of statuses) {
      if (status === 'passed' || status === 'failed') totals[status] += 1;
      else totals.skipped += 1;
    }
  }
  return totals;
}

/** The closing line, alone at the very end. @param {Totals} totals */
export function printTotals({ passed, failed, skipped }) {
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
}

async function runSpecs(context, filters) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'malla-test-'));
  const report = path.join(folder, 'report.json');
  const vitest = path.join(context.root, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    const code = await runInForeground([context.node, vitest, 'run', ...reporters, ...filters], {
      cwd: context.root,
      env: context.env,
    });
    const totals = countReport(fs.existsSync(report) ? fs.readFileSync(report, 'utf8') : undefined);
    // An error outside any test (an unhandled rejection) fails the run though no test failed.
    return code !== 0 && totals.failed === 0 ? { ...totals, failed: 1 } : totals;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** @param {import('../setup/context.mjs').SetupContext} context @param {string[]} filters parts of paths of spec files */
export async function runTests(context, filters) {
  await setUp(context, TEST_STEPS);
  const failedChecks = filters.length === 0 ? await runAllChecks(context) : 0;
  const totals = await runSpecs(context, filters);
  printTotals({ ...totals, failed: totals.failed + failedChecks });
  return totals.failed + failedChecks === 0 ? 0 : 1;
}
