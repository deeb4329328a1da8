import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeProblem, parseManifests } from '@malla/model';
import { validateObject } from '@malla/validate';

const guides = path.resolve(import.meta.dirname, '../../docs/guides');

/** What a guide shows being refused, and what is kustomize's own. */
const notManifests = /^# bad\.yaml$|^kind: Kustomization$/m;

const examples = fs
  .readdirSync(guides)
  .flatMap((guide) =>
    [...fs.readFileSync(path.join(guides, guide), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(
      ([, yaml], i) => [`${guide}, example ${i + 1}`, yaml as string] as const,
    ),
  )
  .filter(([, yaml]) => !notManifests.test(yaml));

describe('examples in the guides', () => {
  it('are there', () => {
    expect(examples.length).toBeGreaterThan(10);
  });

  it.each(examples)('%s is a manifest that Malla accepts without a warning', (_, yaml) => {
    const { resources, problems } = parseManifests(yaml);
    expect(resources.length).toBeGreaterThan(0);
    const all = [...problems, ...resources.flatMap(({ resource }) => validateObject(resource))];
    expect(all.map(describeProblem)).toEqual([]);
  });
});
