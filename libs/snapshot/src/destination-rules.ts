import type { DestinationRule, DestinationRuleSpec, TrafficPolicy } from '@malla/model';
import { replaceByAge } from './age.ts';

type Subset = NonNullable<DestinationRuleSpec['subsets']>[number];

/**
 * DestinationRules of one namespace for one host, merged: subsets are united (the first of a name wins) and the first traffic policy wins.
 * Only rules with equal exportTo are merged. Source: Istio pilot/pkg/model, mergeDestinationRule.
 */
export interface MergedDestinationRule {
  readonly namespace: string;
  /** The rules it comes from, oldest first. */
  readonly rules: readonly [DestinationRule, ...DestinationRule[]];
  readonly exportTo: readonly string[] | undefined;
  readonly trafficPolicy?: TrafficPolicy;
  readonly subsets: readonly Subset[];
}

/** What a namespace says about a host: raw rules, and the merged ones that translation reads. */
export interface DestinationRuleBucket {
  readonly rules: readonly DestinationRule[];
  readonly merged: readonly MergedDestinationRule[];
}

/** The bucket with a rule replaced; undefined when it is left empty. */
export function replaceRule(
  bucket: DestinationRuleBucket | undefined,
  before: DestinationRule | undefined,
  after: DestinationRule | undefined,
): DestinationRuleBucket | undefined {
  const rules = replaceByAge(bucket?.rules ?? [], before, after);
  return rules.length === 0 ? undefined : { rules, merged: mergeRules(rules) };
}

function mergeRules(rules: readonly DestinationRule[]): readonly MergedDestinationRule[] {
  const groups = new Map<string, [DestinationRule, ...DestinationRule[]]>();
  for (const rule of rules) {
    const visibility = [...new Set(rule.spec?.exportTo ?? ['*'])].sort().join(',');
    const group = groups.get(visibility);
    if (group === undefined) groups.set(visibility, [rule]);
    else group.push(rule);
  }
  return [...groups.values()].map(mergeGroup);
}

function mergeGroup(rules: readonly [DestinationRule, ...DestinationRule[]]): MergedDestinationRule {
  const subsets = new Map<string, Subset>();
  for (const { spec } of rules)
    for (const subset of spec?.subsets ?? []) if (!subsets.has(subset.name)) subsets.set(subset.name, subset);
  const trafficPolicy = rules.find(({ spec }) => spec?.trafficPolicy !== undefined)?.spec?.trafficPolicy;
  return {
    namespace: rules[0].metadata.namespace ?? '',
    rules,
    exportTo: rules[0].spec?.exportTo,
    ...(trafficPolicy === undefined ? {} : { trafficPolicy }),
    subsets: [...subsets.values()],
  };
}
