import { acceptedFields, kinds } from '@malla/model';
import type { DescribedCase } from './case-schema.ts';

/** A field that no case names. */
export interface Gap {
  readonly field: string;
  readonly sense: 'positive' | 'negative';
}

/** Fields that no request can show, by pattern, each with its reason. */
export const exemptions: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  {
    pattern: /^\w+\.metadata(\.(name|namespace))?$/,
    reason: 'the identity of every resource in every case; the API and its conformance suite own its rules',
  },
  {
    pattern: /^\w+\.metadata\.(labels|annotations)$/,
    reason: 'kept for users; nothing that is translated reads them on these kinds',
  },
  {
    pattern: /^\w+\.metadata\.(uid|resourceVersion|generation|creationTimestamp|managedFields)$/,
    reason: 'set by the server; the store conformance suite covers them',
  },
];

/** Every field that the model accepts, as cases name it: `VirtualService.spec.http[].timeout`. Without the exemptions. */
export function allFields(): readonly string[] {
  return kinds
    .flatMap((kind) => acceptedFields(kind, { metadata: true }).map(({ path }) => `${kind.kind}.${path}`))
    .filter((field) => !exemptions.some(({ pattern }) => pattern.test(field)));
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

/** Fields that cases name and the model does not accept: mistyped, or gone. */
export function strangers(cases: readonly DescribedCase[]): readonly string[] {
  const known = new Set(allFields());
  return [...new Set(cases.flatMap((c) => [...c.positive, ...c.negative]))].filter((field) => !known.has(field));
}
