import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { caseFileSchema, type DescribedCase } from './case-schema.ts';
import { placePolicy } from './placements.ts';

/** The folder of the described cases. */
export const casesFolder = fileURLToPath(new URL('../../cases/', import.meta.url));

/** Every described case, policies placed. @throws Error naming the file when a case is not well described, or a name stands twice */
export function loadCases(folder = casesFolder): readonly DescribedCase[] {
  const cases = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .flatMap((name) => readCases(join(folder, name)));
  const twice = cases.map(({ name }) => name).filter((name, index, all) => all.indexOf(name) !== index);
  if (twice.length > 0) throw new Error(`cases with the same name: ${twice.join(', ')}`);
  return cases;
}

function readCases(path: string): readonly DescribedCase[] {
  const result = caseFileSchema.safeParse(parse(readFileSync(path, 'utf8'), { merge: true }));
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new Error(`${path}: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  return result.data.flatMap(placePolicy);
}
