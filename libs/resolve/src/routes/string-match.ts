import type { ValueMatch } from '@malla/ir';

interface WrittenMatch {
  readonly exact?: string | undefined;
  readonly prefix?: string | undefined;
  readonly regex?: string | undefined;
}

/** A written match as IR. `{}` and the regex `*` (which is no RE2) ask for presence. Source: Istio issue 20629. */
export function resolveStringMatch({ exact, prefix, regex }: WrittenMatch): ValueMatch {
  if (exact !== undefined) return { kind: 'exact', value: exact };
  if (prefix !== undefined) return { kind: 'prefix', value: prefix };
  if (regex !== undefined && regex !== '*') return { kind: 'regex', value: regex };
  return { kind: 'present' };
}
