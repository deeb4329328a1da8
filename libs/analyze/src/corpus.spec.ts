import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseManifests } from '@malla/model';
import { analyze } from './analyze.ts';
import { levelText } from './output/rows.ts';
import { originText } from './finding.ts';
import { ignoredNamespaces, kindRefOf, runtimeKinds } from './resources/kind-refs.ts';
import { meshOfSet } from './resources/mesh-of-set.ts';
import { ResourceSet } from './resources/resource-set.ts';

/** Inputs of Istio's own tests with the findings of `istioctl analyze --use-kube=false -A`. Without the folder they are skipped, visibly. */
const corpus = process.env['MALLA_CORPUS'] ?? '';
const suffix = '.expected.json';

/** Where istioctl is wrong, or says less than there is: file, the finding that only we have, and why. Its own findings are all required. */
const more: readonly { readonly file: string; readonly finding: string; readonly reason: string }[] = [];

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    return statSync(file).isDirectory() ? files(file) : name.endsWith(suffix) ? [file] : [];
  });
}

/** Findings as istioctl has them: files alone do not tell what runs, and namespaces of Kubernetes itself are left out. */
function found(file: string): string[] {
  const set = new ResourceSet();
  for (const { resource } of parseManifests(readFileSync(file, 'utf8')).resources) {
    const isRuntime = runtimeKinds.has(kindRefOf(resource));
    if (!isRuntime && !ignoredNamespaces.has(resource.metadata.namespace ?? '')) set.set(resource);
  }
  const mesh = meshOfSet(set, 'istio-system');
  const { findings } = analyze(set, { mesh, unavailable: runtimeKinds, now: Date.UTC(2026, 8, 1) });
  return findings.map((f) => `${f.code} ${levelText(f.level)} ${originText(f)}`);
}

const isIstios = (line: string) => line.startsWith('IST');
const unique = (lines: readonly string[]) => [...new Set(lines)].sort();
/** How many messages one broken field makes is a matter of how its rules are cut, so these count once for a resource. */
const isValidation = (line: string) => /^IST01(06|33) /.test(line);

describe.skipIf(corpus === '')("istioctl's findings", () => {
  const cases = corpus === '' ? [] : files(path.join(corpus, 'analyze')).map((file) => path.relative(corpus, file));

  it('are there in numbers', () => {
    expect(cases.length).toBeGreaterThan(50);
  });

  it.each(cases)('%s', (name) => {
    const expected = (
      JSON.parse(readFileSync(path.join(corpus, name), 'utf8')) as { code: string; level: string; origin: string }[]
    ).map(({ code, level, origin }) => `${code} ${level} ${origin}`);
    const ours = found(path.join(corpus, name.replace(suffix, '.yaml')));
    const known = more.filter(({ file }) => name.endsWith(file + suffix)).map(({ finding }) => finding);
    const istios = ours.filter(isIstios).filter((line) => !known.includes(line));
    expect(unique(istios.filter(isValidation))).toEqual(unique(expected.filter(isValidation)));
    const counted = (lines: readonly string[]) => lines.filter((line) => !isValidation(line)).toSorted();
    expect(counted(istios)).toEqual(counted(expected));
  });

  it('lack nothing but what is listed, of what we find besides', () => {
    // Fields that no kind has do nothing; istioctl drops them without a word.
    const own = cases.flatMap((name) =>
      found(path.join(corpus, name.replace(suffix, '.yaml'))).filter((l) => !isIstios(l)),
    );
    expect(unique(own.map((line) => line.split(' ')[0] as string))).toEqual(['MAL0021']);
  });
});
