import { checkObject, hasErrors, kinds, normalize, parseManifests, type Problem, type Resource } from '@malla/model';
import { validateObject } from '@malla/validate';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { seededRandom } from '../fakes/seeded-random.ts';
import { arbitraryObject } from '../model/arbitrary-object.ts';
import { FuzzSource } from './fuzz-source.ts';
import { nonsenseObject } from './nonsense-object.ts';
import { nonsenseText } from './nonsense-text.ts';

export interface FuzzOptions {
  readonly seed: number;
  /** Ends after so much processor time of this process, in seconds. */
  readonly cpuSeconds: number;
  /** Most processor time of one call, in seconds. */
  readonly mostPerCall: number;
}

export interface FuzzReport {
  /** Calls by what was called. */
  readonly calls: Readonly<Record<string, number>>;
  /** Share of objects that were accepted: where it is 0, only the first checks were reached. */
  readonly accepted: number;
  /** Longest call in milliseconds of processor time. */
  readonly slowest: number;
  /** What threw, took too long or answered nonsense, each with the beginning of its input. */
  readonly failures: readonly string[];
}

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Feeds the parser of manifests and the validators with nonsense: nothing throws, nothing takes long, every answer is well-formed. */
export function fuzzModel({ seed, cpuSeconds, mostPerCall }: FuzzOptions): FuzzReport {
  const source = new FuzzSource(seededRandom(seed));
  const objects = kinds.flatMap((kind) => fc.sample(arbitraryObject(kind), { numRuns: 1, seed }));
  const seedTexts = objects.map((object, i) => (i % 4 === 0 ? JSON.stringify(object) : stringify(object)));
  const run = new FuzzRun(mostPerCall * 1000);
  const end = cpuMs() + cpuSeconds * 1000;
  while (cpuMs() < end && run.failures.length < 20) {
    if (source.oneIn(2)) run.text(nonsenseText(source, seedTexts));
    else run.object(nonsenseObject(source, objects));
  }
  return run.report();
}

class FuzzRun {
  readonly failures: string[] = [];
  readonly #mostMs: number;
  readonly #calls: Record<string, number> = {};
  #slowest = 0;
  #objects = 0;
  #accepted = 0;

  constructor(mostMs: number) {
    this.#mostMs = mostMs;
  }

  text(text: string): void {
    const parsed = this.#call('parseManifests', text, () => parseManifests(text, { file: 'x' }));
    if (parsed === undefined) return;
    this.#wellFormed(parsed.problems, text);
    for (const { resource, position } of parsed.resources.slice(0, 5)) {
      this.object(resource);
      this.#call('position', text, () => position('spec.a[0].b'));
    }
  }

  object(object: unknown): void {
    this.#objects++;
    const problems = this.#call('checkObject', object, () => checkObject(object));
    this.#wellFormed(problems ?? [], object);
    const all = this.#call('validateObject', object, () => validateObject(object));
    this.#wellFormed(all ?? [], object);
    if (problems === undefined || hasErrors(problems)) return;
    this.#accepted++;
    this.#call('normalize', object, () => normalize(object as Resource));
  }

  report(): FuzzReport {
    return {
      calls: this.#calls,
      accepted: this.#accepted / Math.max(1, this.#objects),
      slowest: this.#slowest,
      failures: this.failures,
    };
  }

  #call<T>(name: string, input: unknown, run: () => T): T | undefined {
    this.#calls[name] = (this.#calls[name] ?? 0) + 1;
    const before = cpuMs();
    try {
      return run();
    } catch (error) {
      this.failures.push(`${name} threw ${String(error)}: ${shown(input)}`);
      return undefined;
    } finally {
      const took = cpuMs() - before;
      this.#slowest = Math.max(this.#slowest, took);
      if (took > this.#mostMs) this.failures.push(`${name} took ${Math.round(took)} ms: ${shown(input)}`);
    }
  }

  #wellFormed(problems: readonly Problem[], input: unknown): void {
    for (const { code, message, path, level, position } of problems) {
      const good =
        /^(MAL|IST)\d{4}$/.test(code) &&
        message !== '' &&
        message.length < 2000 &&
        typeof path === 'string' &&
        (level === 'error' || level === 'warning') &&
        (position === undefined || (position.line >= 1 && position.column >= 1));
      if (!good)
        this.failures.push(`odd problem ${JSON.stringify({ code, message, path }).slice(0, 300)}: ${shown(input)}`);
    }
  }
}

function shown(input: unknown): string {
  try {
    return (
      (typeof input === 'string' ? JSON.stringify(input) : JSON.stringify(input, plain))?.slice(0, 1500) ??
      String(input)
    );
  } catch (error) {
    return `cannot be shown: ${String(error)}`;
  }
}

const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value);
