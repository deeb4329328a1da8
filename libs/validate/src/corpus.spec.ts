import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeProblem, hasErrors, type Problem } from '@malla/model';
import { corpusCases, type CorpusCase } from '../test/corpus.ts';
import { validateObject } from './validate.ts';

/** Folder of manifests of the tests and samples of Istio and Gateway API. No part of the repository: without it they are skipped, visibly. */
const corpus = process.env['MALLA_CORPUS'] ?? '';

const named = (cases: readonly CorpusCase[]) => cases.map((c) => [c.name, c] as const);
const errorsOf = (object: object) => validateObject(object).filter(({ level }) => level === 'error');

const samples = [...corpusCases(corpus, 'istio-samples'), ...corpusCases(corpus, 'gateway-api-examples')];
const validation = corpusCases(corpus, 'validation');

/** What Istio's reasons without a field are about: words of the reason, and of our path or message. */
const subjects: readonly (readonly [reason: RegExp, ours: RegExp])[] = [
  [/serviceAccounts/, /serviceAccounts/],
  [/Unsupported value/, /mode.*must be one of/],
  [/type conversion/, /portLevelMtls/],
  [/portLevelMtls requires selector/, /portLevelMtls/],
  [/port must be|port number/, /port/i],
  [/key must not be empty/, /matchLabels/],
  [/wildcard/, /wildcard|hosts/],
  [/WorkloadSelector or Endpoints/, /workloadSelector|endpoints/i],
  [/CIDR/, /CIDR|addresses/],
  [/Duplicate value/, /ports\[1\]|env\[1\]/],
  [/endpoints/, /endpoints/],
  [/value must/, /tagOverrides/],
  [/url must/, /url/],
  [/valueFrom/, /env\[0\]/],
  [/Address is required|UDS/, /spec/],
  [/duration/, /imeout/],
];

/** Whether a complaint is about what Istio complains of: the same field or one around it, or the same subject. */
function isAbout(reason: string, { path: field, message }: Problem): boolean {
  const theirs = /\bspec[\w.[\]]*/.exec(reason)?.[0].replace(/\.$/, '');
  const end = /^'?([\w.[\]]+) in body/.exec(reason)?.[1];
  if (theirs === undefined && end !== undefined) return field.endsWith(end);
  if (theirs !== undefined && theirs !== 'spec') return field.startsWith(theirs) || theirs.startsWith(`${field}.`);
  const text = `${field} ${message}`;
  if (message.toLowerCase().includes(reason.toLowerCase())) return true;
  return (
    subjects.some(([words, ours]) => words.test(reason) && ours.test(text)) || (theirs === 'spec' && field === 'spec')
  );
}

describe.skipIf(corpus === '')("manifests of Istio's and Gateway API's own tests", () => {
  it('are there in numbers', () => {
    expect(samples.filter(({ known }) => known).length).toBeGreaterThan(250);
    expect(validation.length).toBeGreaterThan(50);
  });

  it.each(named(samples.filter(({ known }) => known)))('are accepted: %s', (_name, { object }) => {
    expect(errorsOf(object).map(describeProblem)).toEqual([]);
  });

  const others = samples.filter(({ known }) => !known);
  it.skipIf(others.length === 0)(`of other kinds are passed over: ${others.map(({ name }) => name).join(', ')}`, () => {
    for (const { object } of others) expect(hasErrors(validateObject(object))).toBe(true);
  });

  it.each(
    named([
      ...validation.filter(({ reason }) => reason === undefined),
      ...corpusCases(corpus, 'authz', (f) => f.endsWith('-in.yaml')),
    ]),
  )('are accepted: %s', (_name, { object }) => expect(errorsOf(object).map(describeProblem)).toEqual([]));

  it.each(named(validation.filter(({ reason }) => reason !== undefined)))(
    'are refused, for what Istio refuses them for: %s',
    (_name, { object, reason = '' }) => {
      const errors = errorsOf(object);
      expect(errors).not.toEqual([]);
      expect(
        errors.some((problem) => isAbout(reason, problem)),
        `${reason}: ${errors.map(describeProblem).join('; ')}`,
      ).toBe(true);
    },
  );

  it.each(named(corpusCases(corpus, 'gateway-api-invalid')))('are refused: %s', (_name, { object }) => {
    expect(errorsOf(object)).not.toEqual([]);
  });

  it('have overlapping matches where Istio finds some', () => {
    const file = path.join(corpus, 'analyze/virtualservice_overlappingmatches');
    const expected = JSON.parse(readFileSync(`${file}.expected.json`, 'utf8')) as { code: string; origin: string }[];
    const wanted = expected.filter((e) => /IST013[01]/.test(e.code)).map((e) => `${e.code} ${e.origin}`);
    const found = corpusCases(corpus, 'analyze', (f) => f.startsWith(file)).flatMap(({ object }) => {
      const { metadata } = object as { metadata: { name: string } };
      return validateObject(object).map((p) => `${p.code} VirtualService ${metadata.name}`);
    });
    expect(found).toEqual(expect.arrayContaining(wanted));
  });
});
