import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { analyze, kindRefs, ResourceSet, type KindRef } from '@malla/analyze';
import { TemporaryFolder } from '../temporary-folder.ts';
import { meshConfiguration, meshPods } from './mesh-configuration.ts';
import { growth, median, rounded, timesOf } from './timing.ts';

const sizes = [250, 500, 1000, 2000, 4000] as const;
const rounds = 5;
const now = Date.UTC(2026, 8, 1);

/** Without pods the analyzers that need them do not run, as in a mesh without Kubernetes. */
const withoutPods: ReadonlySet<KindRef> = new Set([kindRefs.pod]);

interface Row {
  readonly services: number;
  readonly resources: number;
  /** Milliseconds of CPU for the set and all analyzers. */
  readonly time: number;
  readonly findings: number;
  /** MiB that the set with its indexes and the findings take. */
  readonly memory: number;
}

function measure(services: number, pods: boolean): Row {
  const resources = [...meshConfiguration(services), ...(pods ? meshPods(services) : [])];
  const run = () => {
    const set = ResourceSet.of(resources);
    return { set, ...analyze(set, { now, ...(pods ? {} : { absent: withoutPods }) }) };
  };
  const time = median(timesOf(rounds, run));
  const before = usedMemory();
  const kept = run();
  const memory = usedMemory() - before;
  return { services, resources: kept.set.size, time, findings: kept.findings.length, memory };
}

function usedMemory(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

function table(title: string, pods: boolean): string {
  // Compiled code first: a server has it too.
  measure(sizes[2], pods);
  const rows = sizes.map((services) => measure(services, pods));
  const lines = rows.map(
    ({ services, resources, time, findings, memory }) =>
      `| ${services} | ${resources} | ${rounded(time)} | ${rounded((resources / time) * 1000)} | ${findings} | ${rounded(memory)} |`,
  );
  const slope = growth(rows.map(({ services, time }) => ({ x: services, y: time })));
  return [
    `### ${title}`,
    '',
    '| services | resources | ms of CPU | resources per s | findings | MiB |',
    '| --: | --: | --: | --: | --: | --: |',
    ...lines,
    '',
    `Growth from ${sizes[0]} to ${sizes.at(-1)} services: services to the power of **${slope.toFixed(2)}** (1 is linear).`,
  ].join('\n');
}

/** What one write costs in a mesh of 1,000 services: the set takes it, and the analyzers of its kind look at it alone. */
function oneWrite(): string {
  const set = ResourceSet.of(meshConfiguration(1000));
  analyze(set, { now, absent: withoutPods });
  const lines = [kindRefs.virtualService, kindRefs.destinationRule, kindRefs.service, kindRefs.authorizationPolicy].map(
    (ref) => {
      const written = set.list(ref)[7];
      if (written === undefined) throw new Error(`no ${ref} in the mesh`);
      const times = timesOf(101, () => {
        const only = set.set(written.resource);
        analyze(set, { now, only, absent: withoutPods });
      });
      return `| ${written.kind} | ${rounded(median(times))} | ${rounded(times[Math.floor(times.length * 0.95)] ?? 0)} |`;
    },
  );
  return [
    '### One write among 3,000 resources',
    '',
    '| kind | ms of CPU, median | 95 % |',
    '| --- | --: | --: |',
    ...lines,
  ].join('\n');
}

/** `mallactl analyze` of one file, from the start of the process to its end. */
function oneFile(): string {
  using folder = new TemporaryFolder('malla-bench-');
  const file = folder.join('mesh.yaml');
  const objects = meshConfiguration(20).slice(0, 30);
  writeFileSync(file, objects.map((object) => stringify(object)).join('---\n'));
  const lines = ['main.js', 'start.js'].flatMap((program) => startsOf(program, file));
  return [
    `### \`mallactl analyze\` of one file (${objects.length} objects)`,
    '',
    'From the start of the process to its end. `main.js` takes the bundle, if nothing was compiled since that was made; `start.js` reads every module.',
    '',
    '| | ms, fastest | ms, median |',
    '| --- | --: | --: |',
    ...lines,
  ].join('\n');
}

/** Rows about several starts of the command line: by the clock, and of CPU. */
function startsOf(name: string, file: string): string[] {
  const program = path.resolve(import.meta.dirname, '../../../../apps/mallactl/dist', name);
  // The process tells its own CPU time: the wall clock of a busy machine says little.
  const tell = `data:text/javascript,process.on('exit',()=>{const u=process.resourceUsage();process._rawDebug('cpu '+(u.userCPUTime+u.systemCPUTime)/1000)})`;
  const runs = Array.from({ length: 11 }, () => {
    const start = performance.now();
    const argv = ['--import', tell, program, 'analyze', '--use-kube=false', '-A', file];
    const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    const wall = performance.now() - start;
    if (status !== 0 && status !== 79) throw new Error(`mallactl analyze ended with ${status}: ${stderr}`);
    return { wall, cpu: Number(/^cpu (.*)$/m.exec(stderr)?.[1]) };
  });
  const values = (pick: 'wall' | 'cpu') => runs.map((run) => run[pick]).toSorted((a, b) => a - b);
  const line = (what: string, sorted: readonly number[]) =>
    `| ${what} | ${rounded(sorted[0] ?? 0)} | ${rounded(median(sorted))} |`;
  return [line(`\`${name}\`, by the clock`, values('wall')), line(`\`${name}\`, CPU`, values('cpu'))];
}

/** The part of the report about analysis, as Markdown. */
export function analysisReport(): string {
  return [
    '## Analysis',
    'All analyzers over a mesh without mistakes: a set is made of the resources, with its indexes, and everything is looked at, validation included.',
    table('Configuration alone', false),
    table('With two pods for each service', true),
    oneWrite(),
    oneFile(),
  ].join('\n\n');
}
