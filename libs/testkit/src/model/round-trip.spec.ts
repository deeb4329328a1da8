import {
  acceptedFields,
  checkObject,
  kinds,
  normalize,
  parseManifests,
  type KindDefinition,
  type Resource,
} from '@malla/model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { arbitraryObject } from './arbitrary-object.ts';

/** Objects for each kind; MALLA_RUNS asks for more. */
const numRuns = Number(process.env['MALLA_RUNS'] ?? 12);

/** Pattern paths of every value in plain data: `spec.rules[].matches[]`; of a map both the key itself and `{}`. */
function patterns(value: unknown, at: string, into: Set<string>): Set<string> {
  if (at !== '') into.add(at);
  if (Array.isArray(value)) for (const item of value) patterns(item, `${at}[]`, into);
  else if (value !== null && typeof value === 'object') {
    for (const [key, child] of Object.entries(value)) {
      patterns(child, at === '' ? key : `${at}.${key}`, into);
      patterns(child, `${at}{}`, into);
    }
  }
  return into;
}

function read(text: string): Resource {
  const { resources, problems } = parseManifests(text);
  expect(problems).toEqual([]);
  expect(resources).toHaveLength(1);
  return (resources[0] as { resource: Resource }).resource;
}

const apiVersionOf = ({ group }: KindDefinition, version: string) => (group === '' ? version : `${group}/${version}`);

const nameOf = (path: string) =>
  path
    .replaceAll(/\[\]|\{\}/g, '')
    .split('.')
    .slice(-2)
    .join('.');
const seen = new Set<string>();

/** Versions with the fields and limits of the stored one. */
const alike = (kind: KindDefinition) =>
  kind.versions.filter((version) => kind.payloadOf[version] === kind.payloadOf[kind.storageVersion]);

describe.each(kinds.map((kind) => [`${kind.group} ${kind.kind}`, kind] as const))('objects of %s', (_, kind) => {
  const made = fc.sample(arbitraryObject(kind), { numRuns, seed: 5 });

  it('are accepted, and come back from YAML and JSON as they were', () => {
    for (const object of made) {
      for (const path of patterns(object, '', new Set())) seen.add(nameOf(path));
      expect(checkObject(object)).toEqual([]);
      expect(read(stringify(object))).toEqual(object);
      expect(read(JSON.stringify(object))).toEqual(object);
    }
  });

  it('lose nothing on the way into the store and out of it, in any version', () => {
    for (const object of made) {
      const stored = normalize(object).resource;
      for (const version of alike(kind)) {
        const served = { ...(JSON.parse(JSON.stringify(stored)) as Resource), apiVersion: apiVersionOf(kind, version) };
        const sent = read(stringify(served));
        expect(checkObject(sent)).toEqual([]);
        expect(normalize(sent).resource).toEqual(served);
      }
    }
  });

  it('keep what was sent beside what is filled in', () => {
    const dropped = new Set(kind.kind === 'Secret' ? ['stringData'] : []);
    for (const object of made) {
      const stored = patterns(normalize(object).resource, '', new Set());
      const missing = [...patterns(object, '', new Set())].filter((path) => !stored.has(path));
      expect(missing.filter((path) => !dropped.has(path.split(/[.{]/)[0] ?? ''))).toEqual([]);
    }
  });
});

describe('objects of all kinds', () => {
  it('had nearly every field, at one place or another', () => {
    const fields = new Set(
      kinds.flatMap((kind) => acceptedFields(kind, { enumValues: false }).map(({ path }) => nameOf(path))),
    );
    const missing = [...fields].filter((name) => !seen.has(name));
    expect(missing.length / fields.size, missing.join('\n')).toBeLessThan(0.25);
  });
});
