import { describeCut, enforce } from '@malla/enforcement';
import { describeProblem, type Resource } from '@malla/model';
import type { Condition } from './condition.ts';

/** As many parts are named in a message. */
const mostNamed = 5;

/** How much of a valid object the mesh acts on; undefined for kinds that ask nothing of it. */
export function enforcementCondition(object: Resource): Condition | undefined {
  const { view, cuts } = enforce(object);
  if (cuts.length === 0) {
    // Nothing is missing, and nothing is there: kinds that are kept alone, objects that are exported to nobody.
    return view === undefined
      ? undefined
      : { type: 'Enforced', status: 'True', reason: 'Enforced', message: 'all of it' };
  }
  const named = cuts.slice(0, mostNamed).map((cut) => describeProblem(describeCut(cut)));
  const more = cuts.length > mostNamed ? `; and ${cuts.length - mostNamed} more` : '';
  const reason = view === undefined ? 'NotEnforced' : 'PartlyEnforced';
  return { type: 'Enforced', status: 'False', reason, message: named.join('; ') + more };
}
