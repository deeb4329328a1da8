// The tasks of the front door.
import fs from 'node:fs';
import path from 'node:path';
import { packageAgent } from '../package/agent-package.mjs';
import { SetupError } from '../setup/report.mjs';
import { runInForeground } from '../setup/process.mjs';
import { compiler } from '../setup/build.mjs';
import { buildBaseImages } from '../images/base/build-base.mjs';
import { buildImages } from '../images/build-images.mjs';
import { testCompose } from '../compose/main.mjs';
import { ALL_STEPS, RUN_STEPS, setUp, TEST_STEPS, TOOL_STEPS } from '../setup/steps.mjs';
import { printTotals, runTests } from './test.mjs';

/** A file below node_modules or the checkout, to be run by the task's Node.js. */
const script = (context, file) => [context.node, path.join(context.root, file)];
const eslint = (context) => script(context, 'node_modules/eslint/bin/eslint.js');
const prettier = (context) => script(context, 'node_modules/prettier/bin/prettier.cjs');
const vitest = (context) => script(context, 'node_modules/vitest/vitest.mjs');

/** Runs commands one after the other, up to the first that fails. */
async function runAll(context, commands) {
  for (const command of commands) {
    const code = await runInForeground(command, { cwd: context.root, env: context.env });
    if (code !== 0) return code;
  }
  return 0;
}

/** A task: the steps that it needs, which may depend on its arguments, then its commands. */
function task(summary, steps, commands) {
  return {
    summary,
    async run(context, args) {
      await setUp(context, typeof steps === 'function' ? steps(args) : steps);
      return runAll(context, commands(context, args));
    },
  };
}

/**
 * Programs that nothing here can fetch.
 * @throws SetupError that names the package
 */
function needPrograms(...names) {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const missing = names.filter((name) => !folders.some((folder) => fs.existsSync(path.join(folder, name))));
  if (missing.length === 0) return;
  throw new SetupError(
    `${missing.join(' and ')} not found on PATH`,
    'Debian and Ubuntu have both in the package prometheus; other systems: https://prometheus.io/download/',
  );
}

/** Envoy is fetched only for those who want it: the demo's own data plane is the built-in one. */
function demoSteps(args) {
  const wanted = [...args, process.env.MALLA_DATA_PLANE ?? ''].some((arg) => /^(--data-plane=)?envoy$/.test(arg));
  return wanted ? ALL_STEPS : RUN_STEPS;
}

/**
 * @typedef {object} Task
 * @property {string} summary one line for the usage
 * @property {(context: import('../setup/context.mjs').SetupContext, args: string[]) => Promise<number>} run returns the exit code
 * @property {() => void} [onSetupError] called after the message when set-up was not possible
 */

/** @type {Record<string, Task>} */
export const TASKS = {
  setup: task('set up everything, and run nothing', ALL_STEPS, () => []),
  demo: task('run the demo: services, proxies, traffic (--once ends by itself)', demoSteps, (context, args) => [
    [...script(context, 'apps/demo/dist/main.js'), ...args],
  ]),
  mallactl: task('the command line, as in `npm run -s mallactl -- get services -A`', ALL_STEPS, (context, args) => [
    [...script(context, 'apps/mallactl/dist/main.js'), ...args],
  ]),
  test: {
    summary: 'all checks and all specs; with arguments only the specs whose paths contain one of them',
    run: runTests,
    onSetupError: () => printTotals({ passed: 0, failed: 1, skipped: 0 }),
  },
  'test:faults': task('kill each process in turn under steady load', ALL_STEPS, (context, args) => [
    [...vitest(context), 'run', '--mode', 'faults', ...args],
  ]),
  'test:ratelimit': task('a limit over three proxies for 30 s, and without Redis', ALL_STEPS, (context, args) => [
    [...vitest(context), 'run', '--mode', 'ratelimit', ...args],
  ]),
  'test:conformance': task(
    'only the conformance cases, on both data planes and on the simulator',
    TEST_STEPS,
    (context, args) => [[...vitest(context), 'run', 'conformance', ...args]],
  ),
  'test:protocol': task('h2spec, gRPC interop and attacks on the built-in data plane', ALL_STEPS, (context, args) => [
    [...vitest(context), 'run', '--mode', 'protocol', ...args],
  ]),
  'test:kube': task(
    'a real Kubernetes API server: the CRDs, what it takes, the mirror of config-api, identities by its tokens',
    TOOL_STEPS,
    (context, args) => [[...vitest(context), 'run', '--mode', 'kube', ...args]],
  ),
  'test:k8s': task(
    'the manifests on a real Kubernetes cluster: pods, traffic, status, rolling restarts',
    RUN_STEPS,
    (context, args) => [[...script(context, 'tools/test-k8s/main.mjs'), ...args]],
  ),
  'test:observability': {
    summary:
      'a real Prometheus scrapes the demo: every panel of every dashboard and every rule (needs prometheus and promtool)',
    async run(context, args) {
      needPrograms('prometheus', 'promtool');
      await setUp(context, ALL_STEPS);
      return runAll(context, [[...vitest(context), 'run', '--mode', 'observability', ...args]]);
    },
  },
  'test:fuzz': task('five minutes of nonsense for parsers and validators', TOOL_STEPS, (context, args) => [
    [...vitest(context), 'run', '--mode', 'fuzz', ...args],
  ]),
  'test:api-fuzz': task('ten minutes of Schemathesis against a real config-api', RUN_STEPS, (context, args) => [
    [...script(context, 'tools/api-fuzz/main.mjs'), ...args],
  ]),
  'bench:proxy': task('cost of a request: built-in data plane, Envoy, nginx, haproxy', ALL_STEPS, (context, args) => [
    [...script(context, 'libs/testkit/dist/bench/main.js'), ...args],
  ]),
  'bench:config': task('cost of validation and analysis of configuration', RUN_STEPS, (context, args) => [
    // Memory is measured after a collection.
    [context.node, '--expose-gc', path.join(context.root, 'libs/testkit/dist/config-bench/main.js'), ...args],
  ]),
  images: { summary: 'build the container images malla/APP:VERSION (needs a Docker engine)', run: buildImages },
  'images:base': {
    summary: 'make the images that others start from, of Debian packages, where no image registry is reached',
    run: buildBaseImages,
  },
  'package:agent': {
    summary: 'the proxy-agent as an archive for machines without a checkout (docs/guides/vm.md)',
    run: packageAgent,
  },
  'test:guides': task(
    'do what the guides say, in clean environments: laptop, compose, kubernetes, vm',
    TOOL_STEPS,
    (context, args) => [[...script(context, 'tools/guides/main.mjs'), ...args]],
  ),
  'test:compose': {
    summary: 'docker-compose.yml on a real Docker engine: start, traffic, what it keeps, a kill of each container',
    run: testCompose,
  },
  build: task('compile every project', TOOL_STEPS, (context) => [
    [...compiler(context), '-b'],
    script(context, 'tools/setup/bundle.mjs'),
  ]),
  lint: task('ESLint and the formatting check', TOOL_STEPS, (context, args) => [
    [...eslint(context), ...(args.length > 0 ? args : ['.'])],
    [...prettier(context), '--check', '.'],
  ]),
  format: task('format every file, and mend what ESLint can', TOOL_STEPS, (context) => [
    [...eslint(context), '--fix', '.'],
    [...prettier(context), '--write', '--log-level', 'warn', '.'],
  ]),
  gen: task(
    'write the generated files anew: protobuf code, project references, reference pages, CRDs',
    TOOL_STEPS,
    (context) => [
      script(context, 'libs/protos/generate.mjs'),
      script(context, 'tools/sync-references.mjs'),
      [...compiler(context), '-b'],
      script(context, 'tools/reference/generate.mjs'),
    ],
  ),
  'gen:check': task('fail when a generated file is out of date', TOOL_STEPS, (context) => [
    [...script(context, 'libs/protos/generate.mjs'), '--check'],
    [...script(context, 'tools/sync-references.mjs'), '--check'],
    [...compiler(context), '-b'],
    [...script(context, 'tools/reference/generate.mjs'), '--check'],
  ]),
};
