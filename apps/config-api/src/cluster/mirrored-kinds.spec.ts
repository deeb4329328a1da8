import { customResourceDefinition, kinds } from '@malla/model';
import { expect, it } from 'vitest';
import { mirroredKinds, writesStatusOf } from './mirrored-kinds.ts';

it('are those that the cluster has from k8s/crds; a status is written where the kind has a place for it', () => {
  const defined = kinds.filter((kind) => customResourceDefinition(kind) !== undefined);
  expect(mirroredKinds.map(({ kind }) => kind)).toEqual(defined.map(({ kind }) => kind));
  for (const kind of mirroredKinds.filter(writesStatusOf)) {
    const { spec } = customResourceDefinition(kind) ?? {};
    const versions = (spec?.['versions'] ?? []) as { subresources?: object }[];
    expect(versions.map(({ subresources }) => subresources)).toEqual(versions.map(() => ({ status: {} })));
  }
});
