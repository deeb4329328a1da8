import { enforcedFields } from '@malla/enforcement';
import { kinds } from '@malla/model';
import type { DescribedCase } from './case-schema.ts';

/** A field that no case names. */
export interface Gap {
  readonly field: string;
  readonly sense: 'positive' | 'negative';
}

/**
 * Every field that is enforced, as cases name it: `VirtualService.spec.http[].timeout`. Metadata is not among them: nothing that is
 * translated reads it, and the API and its conformance suite own its rules.
 */
export function allFields(): readonly string[] {
  return kinds.flatMap((kind) => enforcedFields(kind).map((path) => `${kind.kind}.${path}`));
}

/** Fields without a positive or a negative case. */
export function coverageGaps(cases: readonly DescribedCase[]): readonly Gap[] {
  const named = {
    positive: new Set(cases.flatMap((c) => c.positive)),
    negative: new Set(cases.flatMap((c) => c.negative)),
  };
  return allFields().flatMap((field) =>
    (['positive', 'negative'] as const).filter((sense) => !named[sense].has(field)).map((sense) => ({ field, sense })),
  );
}

/** Fields that cases name and that are not enforced: mistyped, or gone. */
export function strangers(cases: readonly DescribedCase[]): readonly string[] {
  const known = new Set(allFields());
  return [...new Set(cases.flatMap((c) => [...c.positive, ...c.negative]))].filter((field) => !known.has(field));
}
