import { applyDefaults, checkObject, findKind, groupOf, type KindDefinition, type Resource } from '@malla/model';
import { validate, validateObject } from '@malla/validate';
import { mixedResources } from './mixed-resources.ts';
import { growth, median, rounded } from './timing.ts';

const sizes = [1250, 2500, 5000, 10_000, 20_000] as const;
const rounds = 5;

/** What a write goes through: the schema with its rules in CEL, then the meaning. */
function validateAll(resources: readonly Resource[]): void {
  for (const resource of resources) {
    const [problem] = validateObject(resource).filter(({ level }) => level === 'error');
    if (problem !== undefined)
      throw new Error(`${resource.kind} ${resource.metadata.name}: ${problem.path} ${problem.message}`);
  }
}

interface Cost {
  /** Milliseconds by the clock. */
  readonly wall: number;
  /** Milliseconds of CPU of the thread: on a busy machine the clock says little. */
  readonly cpu: number;
}

function costOf(run: () => void): Cost {
  const [start, before] = [performance.now(), process.threadCpuUsage()];
  run();
  const used = process.threadCpuUsage(before);
  return { wall: performance.now() - start, cpu: (used.user + used.system) / 1000 };
}

/** The median of several runs. */
function usualCostOf(run: () => void): Cost {
  const costs = Array.from({ length: rounds }, () => costOf(run));
  const middle = (pick: keyof Cost) => median(costs.map((cost) => cost[pick]).toSorted((a, b) => a - b));
  return { wall: middle('wall'), cpu: middle('cpu') };
}

function usedMemory(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

interface Row {
  readonly count: number;
  readonly cost: Cost;
  /** Highest heap while it runs, and what stays afterwards, in MiB above what there was before. */
  readonly peak: number;
  readonly kept: number;
}

function measure(count: number): Row {
  const resources = mixedResources(count);
  const before = usedMemory();
  validateAll(resources);
  const peak = process.memoryUsage().heapUsed / 2 ** 20 - before;
  const kept = usedMemory() - before;
  return { count, cost: usualCostOf(() => validateAll(resources)), peak, kept };
}

function bySize(): string {
  const rows = sizes.map(measure);
  const slope = growth(rows.map(({ count, cost }) => ({ x: count, y: cost.cpu })));
  return [
    '| resources | ms of CPU | ms by the clock | us of CPU each | MiB before garbage collection | MiB kept |',
    '| --: | --: | --: | --: | --: | --: |',
    ...rows.map(
      ({ count, cost, peak, kept }) =>
        `| ${count} | ${rounded(cost.cpu)} | ${rounded(cost.wall)} | ${rounded((cost.cpu * 1000) / count)} | ${rounded(peak)} | ${rounded(kept)} |`,
    ),
    '',
    `Growth from ${sizes[0]} to ${sizes.at(-1)} resources: their number to the power of **${slope.toFixed(2)}** (1 is linear).`,
  ].join('\n');
}

const kindOf = ({ apiVersion, kind }: Resource) => findKind(groupOf(apiVersion), kind) as KindDefinition;

/** Microseconds for an object of each kind, and for each part of the work. */
function byKind(): string {
  const groups = Map.groupBy(
    mixedResources(15_000),
    ({ apiVersion, kind }) => `${kind} (${groupOf(apiVersion) || 'core'})`,
  );
  const rows = [...groups].map(([name, resources]) => {
    const each = (run: (resource: Resource) => unknown) =>
      (usualCostOf(() => resources.forEach(run)).cpu * 1000) / resources.length;
    const shape = each((resource) => checkObject(resource));
    const defaults = each((resource) => applyDefaults(kindOf(resource), resource));
    const meaning = each((resource) => validate(resource as never));
    return { name, shape, defaults, meaning };
  });
  return [
    '| kind | us: schema and CEL | us: defaults | us: meaning |',
    '| --- | --: | --: | --: |',
    ...rows.map(
      ({ name, shape, defaults, meaning }) =>
        `| ${name} | ${rounded(shape)} | ${rounded(defaults)} | ${rounded(meaning)} |`,
    ),
  ].join('\n');
}

/** The first pass of a process: schemas are built, rules and expressions compiled, and nothing is optimised yet. */
function cold(): string {
  const resources = mixedResources(10_000);
  const { cpu, wall } = costOf(() => validateAll(resources));
  return `The first 10,000 resources of a process, with schemas to build and every expression to compile: **${rounded(cpu)} ms** of CPU (${rounded(wall)} ms by the clock).`;
}

/** The part of the report about validation, as Markdown. */
export function validationReport(): string {
  return [
    '## Validation',
    'Resources of 13 kinds in turn, without mistakes, each checked as on a write: schema, rules in CEL, defaults, meaning.',
    cold(),
    bySize(),
    byKind(),
  ].join('\n\n');
}
