import { z } from 'zod';
import type { CelRule } from '../../schema/kubernetes-schema.ts';
import { sectionName } from './names.ts';
import { parentReferences } from './references.ts';

/** Fields that every route's spec begins with. */
export const routeFields = {
  parentRefs: parentReferences
    .optional()
    .describe('Gateways, ListenerSets or Services that the route is attached to; without one it does nothing.'),
  useDefaultGateways: z
    .enum(['All', 'None'])
    .optional()
    .describe('All: attach also to the default Gateways (experimental); default None.'),
};

/** Name of a rule. */
export const ruleName = sectionName
  .optional()
  .describe('Name of the rule, unique in its route; for status and policies.');

/** No two rules have the same name. */
export const uniqueRuleNames: CelRule = {
  message: 'Rule name must be unique within the route',
  rule: 'self.all(l1, !has(l1.name) || self.exists_one(l2, has(l2.name) && l1.name == l2.name))',
};

/** At most 128 matches in all; `sizeOf` gives the CEL for the matches of one rule. */
export function matchesInAll(sizeOf: (rule: string) => string): CelRule {
  const terms = Array.from({ length: 16 }, (_, i) => `(self.size() > ${i} ? ${sizeOf(`self[${i}]`)} : 0)`);
  return {
    message:
      'While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128',
    rule: `${terms.join(' + ')} <= 128`,
  };
}
