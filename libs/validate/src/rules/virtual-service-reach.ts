import type { FieldPath, TcpRoute, TlsRoute, VirtualService } from '@malla/model';
import { analysisCodes, type Findings } from '../findings.ts';
import { covers, coversStream } from './match-coverage.ts';

/** Above this number of matches only those after an unconditional one are found: what is compared grows with its square. */
const maxCompared = 1024;

/** Warns of rules and matches of all protocols that an earlier one leaves nothing for. */
export function checkReach(
  findings: Findings,
  { http = [], tls = [], tcp = [] }: NonNullable<VirtualService['spec']>,
): void {
  checkRules(findings, ['spec', 'http'], http, covers);
  checkRules<TlsRoute['match'][number]>(findings, ['spec', 'tls'], tls, coversStream);
  checkRules<NonNullable<TcpRoute['match']>[number]>(findings, ['spec', 'tcp'], tcp, coversStream);
}

interface Rule<M> {
  readonly match?: readonly M[] | undefined;
}

interface EarlierMatch<M> {
  readonly match: M;
  readonly label: string;
}

/** A match, and the earlier one that leaves it nothing, if any. */
interface Shadowed<M> {
  readonly match: M;
  readonly by: EarlierMatch<M> | undefined;
}

/** Whether everything that `inner` matches is matched by `outer`. */
type Covers<M> = (outer: M, inner: M) => boolean;

/**
 * First match wins, so only earlier ones count. As in Istio's analysis, a rule whose every match stands before (or after an
 * unconditional rule) is unreachable; matches that stand before, and overlaps, are ineffective.
 */
function checkRules<M extends object>(
  findings: Findings,
  path: FieldPath,
  rules: readonly Rule<M>[],
  covers: Covers<M>,
): void {
  if (rules.length < 2 && (rules[0]?.match ?? []).length < 2) return;
  const total = rules.reduce((sum, { match = [] }) => sum + Math.max(1, match.length), 0);
  const compare: Covers<M> = total > maxCompared ? (outer) => isEmpty(outer) : covers;
  const name = path.at(-1) as string;
  const earlier: EarlierMatch<M>[] = [];
  for (const [i, { match = [] }] of rules.entries()) {
    const at = [...path, i];
    const own = match.length > 0 ? match : [{} as M];
    const shadowed = own.map((m) => ({ match: m, by: earlier.find((e) => compare(e.match, m)) }));
    if (shadowed.every((s) => isRepeated(s, compare))) {
      const message = `is never used: ${shadowed[0]?.by?.label} takes all its traffic`;
      findings.warning(at, message, 'reorder the rules, or remove this one', analysisCodes.unreachableRule);
    }
    // After an unconditional rule there is nothing to say of single matches.
    if (!shadowed.some(({ by }) => by !== undefined && compare(by.match, {} as M)))
      checkMatches(findings, at, shadowed, compare);
    earlier.push(
      ...own.map((m, j) => ({ match: m, label: match.length === 0 ? `${name}[${i}]` : `${name}[${i}].match[${j}]` })),
    );
  }
}

function isEmpty(match: object): boolean {
  for (const _ in match) return false;
  return true;
}

function isRepeated<M extends object>({ match, by }: Shadowed<M>, covers: Covers<M>): boolean {
  return by !== undefined && (covers(by.match, {} as M) || covers(match, by.match));
}

function checkMatches<M extends object>(
  findings: Findings,
  path: FieldPath,
  shadowed: readonly Shadowed<M>[],
  covers: Covers<M>,
): void {
  for (const [m, { match, by }] of shadowed.entries()) {
    const within = shadowed.slice(0, m).findIndex((other) => covers(other.match, match));
    const label = by?.label ?? (within < 0 ? undefined : `match[${within}] of the same rule`);
    if (label === undefined) continue;
    const message = `has no effect: ${label} takes all its traffic`;
    findings.warning([...path, 'match', m], message, 'remove this match', analysisCodes.ineffectiveMatch);
  }
}
