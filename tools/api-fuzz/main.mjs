// `npm run test:api-fuzz`: Schemathesis against a real config-api. Fails with any answer 500, any status, media type or body that
// the OpenAPI document does not tell. Ends with nothing left running.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../setup/context.mjs';
import { pythonProgram } from '../setup/python-program.mjs';
import { say, SetupError } from '../setup/report.mjs';
import { chooseDocuments, prepare } from './documents.mjs';
import { seedObjects } from './seed.mjs';
import { ServerUnderTest } from './server.mjs';

const USAGE = `usage: npm run test:api-fuzz -- [--minutes N] [--seed N] [--only TEXT]

  --minutes N   time for all documents together (default: 10)
  --seed N      of what is generated (default: 20260101)
  --only TEXT   only documents whose names contain it, such as networking.istio.io`;

const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
];

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => stop.abort());

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: 'string', default: '10' },
        seed: { type: 'string', default: '20260101' },
        only: { type: 'string', default: '' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
    if (!(minutes > 0) || !Number.isSafeInteger(seed)) throw new Error('--minutes and --seed are numbers');
    return { ...values, minutes, seed };
  } catch (error) {
    say(`${error.message}\n\n${USAGE}`);
    return undefined;
  }
}

/** @returns {Promise<number>} exit code: 0 nothing found, 1 defects, 64 usage, 69 something is missing */
async function main() {
  const options = readOptions();
  if (options === undefined) return 64;
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const program = await pythonProgram({
    title: 'Schemathesis',
    name: 'api-fuzz',
    program: 'schemathesis',
    tools: path.join(ROOT, '.tools'),
    requirements: path.join(import.meta.dirname, 'requirements.txt'),
    ...(process.env.PYTHON ? { python: process.env.PYTHON } : {}),
  });
  const server = await ServerUnderTest.start(ROOT);
  try {
    return await fuzz({ program, server, ...options });
  } finally {
    await server.close();
  }
}

async function fuzz({ program, server, minutes, seed, only }) {
  const { created, withoutObject } = await seedObjects(server, seed);
  say(`${created} objects made; none of ${withoutObject.join(', ') || 'no kind'}`);
  const index = (await server.call('GET', '/openapi/v3')).body.paths;
  const documents = new Map();
  for (const [name, { serverRelativeURL }] of Object.entries(index))
    documents.set(name, (await server.call('GET', serverRelativeURL)).body);
  const names = chooseDocuments(documents).filter((name) => name.includes(only));
  const operations = names.map((name) => countOperations(documents.get(name)));
  const all = operations.reduce((sum, count) => sum + count, 0);
  const failed = [];
  for (const [i, name] of names.entries()) {
    if (stop.signal.aborted) return 130;
    const seconds = Math.max(10, Math.round((minutes * 60 * operations[i]) / all));
    say(`\n== ${name}: ${operations[i]} operations, ${seconds} s`);
    const file = path.join(server.folder, `${name.replaceAll('/', '_')}.json`);
    fs.writeFileSync(file, JSON.stringify(prepare(documents.get(name))));
    if ((await runSchemathesis({ program, server, file, seconds, seed })) !== 0) failed.push(name);
    if (!server.isRunning) {
      say(`config-api ended by itself:\n${server.log}`);
      return 1;
    }
  }
  if (failed.length > 0 && server.log !== '') say(`\nconfig-api logged:\n${server.log.slice(-20_000)}`);
  say(failed.length === 0 ? `\n${all} operations: nothing found` : `\ndefects in ${failed.join(', ')}`);
  return failed.length === 0 ? 0 : 1;
}

function countOperations({ paths }) {
  return Object.values(paths).reduce(
    (sum, { parameters: _, ...operations }) => sum + Object.keys(operations).length,
    0,
  );
}

/** @returns {Promise<number>} its exit code */
async function runSchemathesis({ program, server, file, seconds, seed }) {
  const args = [
    '--config-file',
    path.join(import.meta.dirname, 'schemathesis.toml'),
    'run',
    file,
    ...['--url', server.url, '--tls-verify', server.rootFile, '--header', `Authorization: Bearer ${server.token}`],
    ...['--checks', CHECKS.join(','), '--phases', 'coverage,fuzzing'],
    ...['--max-time', String(seconds), '--seed', String(seed), '--max-examples', '8', '--continue-on-failure'],
    ...['--generation-database', 'none', '--suppress-health-check', 'all', '--no-shrink', '--no-color'],
    ...['--warnings', 'off', '--request-timeout', '30'],
  ];
  const child = spawn(program, args, { cwd: server.folder, stdio: 'inherit' });
  const end = () => child.kill('SIGTERM');
  stop.signal.addEventListener('abort', end);
  // The budget is the program's own; this ends one that hangs.
  const timer = setTimeout(end, (seconds * 2 + 120) * 1_000);
  const [code] = await once(child, 'exit');
  clearTimeout(timer);
  stop.signal.removeEventListener('abort', end);
  return code ?? 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(`\n${error.message}${error.advice ? `\n\n${error.advice}` : ''}`);
  process.exitCode = 69;
}
