import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemCodes } from '@malla/model';
import { analysisCodes } from './findings.ts';

describe('codes of problems', () => {
  it('are all documented, and nothing else is', () => {
    const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/reference/problem-codes.md'), 'utf8');
    const documented = [...page.matchAll(/^\| ([A-Z]{3}\d{4}) \|/gm)].map(([, code]) => code);
    const used = new Set([...Object.values(problemCodes), ...Object.values(analysisCodes)]);
    expect(documented).toEqual([...used].toSorted((a, b) => key(a).localeCompare(key(b))));
  });
});

/** Malla's codes first. */
const key = (code: string) => code.replace(/^MAL/, '0').replace(/^IST/, '1');
