import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatPath, parseManifests } from '@malla/model';
import { analyze, type AnalyzeOptions } from './analyze.ts';
import { allAnalyzers } from './analyzers/all-analyzers.ts';
import { analysisMessages } from './codes/find-code.ts';
import { originText, type Finding } from './finding.ts';
import { meshOfSet } from './resources/mesh-of-set.ts';
import { ResourceSet } from './resources/resource-set.ts';

const folder = path.join(import.meta.dirname, '../fixtures');
const codes = readdirSync(folder).map((name) => name.toUpperCase());
/** What no resource of one cluster shows: see analyze.spec.ts. */
const elsewhere = ['IST0001', 'IST0141', 'IST0142', 'IST0143', 'IST0161', 'IST0168', 'IST0170'];

function read(code: string, name: 'bad' | 'good'): { readonly set: ResourceSet; readonly expected: string[] } {
  const text = readFileSync(path.join(folder, code.toLowerCase(), `${name}.yaml`), 'utf8');
  const { resources, problems } = parseManifests(text);
  expect(problems).toEqual([]);
  const expected = [...text.matchAll(/^# finds: (.*)$/gm)].map(([, line]) => line as string);
  return { set: ResourceSet.of(resources.map((entry) => entry.resource)), expected };
}

function findings(set: ResourceSet, code: string, more: Partial<AnalyzeOptions> = {}): Finding[] {
  const analyzers = allAnalyzers.filter((a) => a.codes.includes(code)).map((a) => a.name);
  const options = { mesh: meshOfSet(set, 'istio-system'), environment: { upgradeFrom: '1.20' }, analyzers };
  return analyze(set, { ...options, now: Date.UTC(2026, 8, 1), ...more }).findings.filter((f) => f.code === code);
}

const describeFinding = (f: Finding) => [f.code, originText(f), formatPath(f.path)].join(' ').trim();

describe('the fixtures', () => {
  it('are there for every code', () => {
    const missing = analysisMessages.map((m) => m.code).filter((c) => !codes.includes(c) && !elsewhere.includes(c));
    expect(missing).toEqual([]);
    expect(codes.filter((code) => !existsSync(path.join(folder, code.toLowerCase(), 'good.yaml')))).toEqual([]);
  });

  it.each(codes)('%s is found where it is, with its level and its place', (code) => {
    const { set, expected } = read(code, 'bad');
    const found = findings(set, code);
    expect(found.map(describeFinding)).toEqual(expected);
    const level = analysisMessages.find((m) => m.code === code)?.level;
    expect(found.every((f) => f.level === level)).toBe(true);
  });

  it.each(codes)('%s is not found where it is not', (code) => {
    expect(findings(read(code, 'good').set, code).map(describeFinding)).toEqual([]);
  });

  it.each(codes)('%s is found for one resource as for all', (code) => {
    const { set } = read(code, 'bad');
    for (const finding of findings(set, code)) {
      // The resource of MeshNetworks is made of the mesh's configuration.
      if (finding.subject === undefined || finding.subject.kind === 'MeshNetworks') continue;
      const alone = findings(set, code, { only: finding.subject });
      const together = findings(set, code).filter((f) => f.subject === finding.subject);
      expect(alone.map(describeFinding)).toEqual(together.map(describeFinding));
    }
  });
});
