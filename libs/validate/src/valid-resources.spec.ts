import { describe, expect, it } from 'vitest';
import { kinds } from '@malla/model';
import { validResources } from '../test/valid-resource.ts';
import { expectValid } from '../test/rule-table.ts';
import { checkOf } from './rules/checks.ts';

describe('valid resources', () => {
  it.each(validResources().map((resource) => [`${resource.kind} ${resource.metadata.name}`, resource] as const))(
    'are accepted without a word: %s',
    (_name, resource) => expectValid(resource),
  );

  it('are there for every kind that has rules, but for one that is always warned of', () => {
    const shown = new Set(validResources().map(({ kind }) => kind));
    const checked = kinds.filter(
      ({ group, kind, versions }) =>
        checkOf({ apiVersion: group === '' ? 'v1' : `${group}/${versions[0]}`, kind } as never) !== undefined,
    );
    expect(checked.map(({ kind }) => kind).filter((kind) => !shown.has(kind))).toEqual(['EnvoyFilter']);
  });
});
