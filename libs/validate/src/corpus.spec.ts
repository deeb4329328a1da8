import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { describeProblem, hasErrors, kinds, problemCodes, type Problem } from '@malla/model';
import { validateObject } from './validate.ts';

/** Folder of the manifests of Istio's own tests and samples. They are no part of the repository: without it, they are skipped, visibly. */
const corpus = process.env['MALLA_CORPUS'] ?? '';
const unsupported = new Set<string>([
  problemCodes.unsupportedField,
  problemCodes.unsupportedKind,
  problemCodes.unsupportedValue,
]);
const known = new Set(kinds.map((k) => k.kind));

interface Case {
  readonly name: string;
  readonly object: { kind?: string; metadata?: { name?: string }; _err?: string };
}

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    return statSync(file).isDirectory() ? files(file) : file.endsWith('.yaml') ? [file] : [];
  });
}

function cases(folder: string, wanted: (file: string) => boolean): Case[] {
  if (corpus === '') return [];
  return files(path.join(corpus, folder))
    .filter(wanted)
    .flatMap((file) =>
      parseAllDocuments(readFileSync(file, 'utf8'), { logLevel: 'silent' }).flatMap((document) => {
        if ('errors' in document && document.errors.length > 0) return [];
        const object = document.toJS() as Case['object'] | null;
        return object?.kind !== undefined && known.has(object.kind)
          ? [{ name: `${path.relative(corpus, file)} ${object.kind} ${object.metadata?.name}`, object }]
          : [];
      }),
    );
}

const isUnsupported = (p: Problem) => unsupported.has(p.code) || p.message.includes('not supported yet');

describe.skipIf(corpus === '')("Istio's manifests", () => {
  const valid = [
    ...cases('validation', (f) => f.endsWith('-valid.yaml')),
    ...cases('authz', (f) => f.endsWith('-in.yaml')),
    ...cases('istio-samples', () => true),
  ];

  it('are there in numbers', () => {
    expect(valid.length).toBeGreaterThan(100);
  });

  it.each(valid.map((c) => [c.name, c.object] as const))('accepts, or does not support yet: %s', (name, object) => {
    const errors = validateObject(object).filter((p) => p.level === 'error');
    if (!errors.some(isUnsupported)) expect(errors.map(describeProblem), name).toEqual([]);
  });

  it('warns of overlapping matches where Istio does', () => {
    const file = path.join(corpus, 'analyze/virtualservice_overlappingmatches');
    const expected = JSON.parse(readFileSync(`${file}.expected.json`, 'utf8')) as { code: string; origin: string }[];
    const wanted = expected.filter((e) => /IST013[01]/.test(e.code)).map((e) => `${e.code} ${e.origin}`);
    const found = cases('analyze', (f) => f.startsWith(file)).flatMap(({ object }) =>
      validateObject(object).map((p) => `${p.code} VirtualService ${object.metadata?.name}`),
    );
    expect(found).toEqual(expect.arrayContaining(wanted));
  });

  it.each(cases('validation', (f) => f.endsWith('-invalid.yaml')).map((c) => [c.name, c.object] as const))(
    'refuses %s',
    (_name, object) => {
      const { _err, ...sent } = object;
      expect(hasErrors(validateObject(sent)), _err).toBe(true);
    },
  );
});
