/**
 * `npm run bench:proxy`: CPU, latency and memory of the built-in data plane beside Envoy (same xDS), nginx and haproxy, alternating in one run.
 *
 *     --only TEXT      only cases whose names contain it       --rounds N    measured rounds, default 5
 *     --seconds N      of load in each, default 3              --warm-up N   seconds of each load before counting, default 6
 *     --write FILE     writes the report there, and keeps its part "Reading it"
 *     --data-planes builtin,envoy
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { findEnvoy, findProgram } from '../programs/find-program.ts';
import { proxyPrograms, type ProxyProgram } from '../programs/proxy-programs.ts';
import { TemporaryFolder } from '../temporary-folder.ts';
import { startBackends } from './backends.ts';
import { benchCases } from './bench-case.ts';
import { measure } from './measure.ts';
import { readingOf, reportOf } from './report.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    'warm-up': { type: 'string', default: '6' },
    write: { type: 'string' },
    'data-planes': { type: 'string', default: 'builtin,envoy' },
  },
});

const needed = ['wrk', 'h2load', 'nginx', 'haproxy', 'nghttpd'];
const missing = needed.filter((name) => findProgram({ variable: '', names: [name] }) === undefined);
if (missing.length > 0) {
  console.error(
    `bench: ${missing.join(', ')} not found on PATH. On Debian: apt-get install wrk nghttp2-client nghttp2-server nginx haproxy`,
  );
  process.exit(69);
}

const reading =
  values.write !== undefined && existsSync(values.write) ? readingOf(readFileSync(values.write, 'utf8')) : '';
// Programs that it has started end with it.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const programs = values['data-planes'].split(',').map(programOf);
const folder = new TemporaryFolder('malla-bench-');
const backends = await startBackends(folder);
const results = [];
try {
  for (const bench of benchCases.filter(({ name }) => name.includes(values.only))) {
    console.error(bench.name);
    const rounds = await measure({
      bench,
      programs,
      backends,
      folder,
      rounds: Number(values.rounds),
      seconds: Number(values.seconds),
      warmUpSeconds: Number(values['warm-up']),
      tell: (text) => console.error(text),
    });
    results.push({ bench, rounds });
    // A later case may fail or be broken off; what was measured is kept.
    if (values.write !== undefined) writeFileSync(values.write, reportOf(results, headOf(), reading));
  }
} finally {
  await backends[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
}
const report = reportOf(results, headOf());
if (values.write === undefined) console.log(report.slice(0, report.indexOf('## Every round')));

function programOf(name: string): ProxyProgram {
  const found = proxyPrograms().find((program) => program.name === name);
  if (found !== undefined) return found;
  throw new Error(`no data plane ${name}: it is builtin, or envoy after \`npm run setup\` (or with MALLA_ENVOY)`);
}

function headOf(): string {
  const envoy = findEnvoy();
  const versions = [
    ...(envoy === undefined ? [] : [`Envoy ${versionOf(envoy, '--version')}`]),
    `nginx ${versionOf('nginx', '-v')}`,
    `haproxy ${versionOf('haproxy', '-v')}`,
  ];
  return [
    `Measured on ${os.cpus().length} cores (${os.cpus()[0]?.model ?? 'unknown'}), ${os.type()} ${os.release()}, Node.js ${process.version},`,
    `${versions.join(', ')}.`,
    `Command: \`npm run bench:proxy -- --rounds ${values.rounds} --seconds ${values.seconds} --warm-up ${values['warm-up']}\`.`,
  ].join('\n');
}

function versionOf(command: string, option: string): string {
  const { stdout, stderr } = spawnSync(command, [option], { encoding: 'utf8' });
  return /\d+\.\d+\.\d+/.exec(stdout + stderr)?.[0] ?? 'unknown';
}
