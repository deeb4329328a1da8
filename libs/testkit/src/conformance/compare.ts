import type { Expectation } from './case-schema.ts';
import type { Observed, Outcome, SeenByApplication } from './outcome.ts';

/** Every way in which something observed differs from what was expected; empty when it does not. */
export function differences(expected: Expectation, observed: Observed): readonly string[] {
  return [
    ...observed.outcomes.flatMap((outcome) => outcomeDifferences(expected, outcome)),
    ...seenDifferences(expected, observed),
    ...shareDifferences(expected, observed),
  ];
}

function outcomeDifferences(expected: Expectation, outcome: Outcome): string[] {
  const found: string[] = [];
  const compare = (what: string, wanted: unknown, got: unknown): void => {
    if (wanted !== undefined && wanted !== got)
      found.push(`${what}: expected ${show(wanted)}, got ${show(got)}${context(outcome)}`);
  };
  compare('status', expected.status, outcome.status);
  compare('version', expected.version, outcome.answeredBy?.version);
  compare('server certificate', expected.serverCertificate, outcome.serverCertificate);
  compare('protocol', expected.protocol, outcome.answeredBy?.protocol);
  if (expected.body !== undefined && !outcome.body.includes(expected.body))
    found.push(`body: expected ${show(expected.body)}, got ${show(outcome.body)}`);
  if (expected.reason !== undefined && !(outcome.reasons ?? []).includes(expected.reason)) {
    found.push(`reason: expected ${expected.reason}, got ${show(outcome.reasons)}${context(outcome)}`);
  }
  if (expected.deniedBy !== undefined) {
    compare('status', 403, outcome.status);
    if (outcome.deniedBy !== undefined) compare('denied by', expected.deniedBy, outcome.deniedBy);
  }
  if (outcome.elapsedMs < (expected.elapsed?.min ?? 0))
    found.push(`elapsed: expected at least ${expected.elapsed?.min} ms, took ${outcome.elapsedMs}`);
  if (outcome.elapsedMs > (expected.elapsed?.max ?? Number.POSITIVE_INFINITY))
    found.push(`elapsed: expected at most ${expected.elapsed?.max} ms, took ${outcome.elapsedMs}`);
  return [...found, ...headerDifferences('response header', expected.responseHeaders, outcome.headers)];
}

/** What is said of the application's view holds for the request that was answered, else for every one seen. */
function seenDifferences(expected: Expectation, { outcomes, seen }: Observed): string[] {
  const answered = outcomes.map((outcome) => outcome.answeredBy).filter((request) => request !== undefined);
  const views: readonly SeenByApplication[] = answered.length > 0 ? answered : seen;
  const found: string[] = [];
  const wantsView = expected.path ?? expected.host ?? expected.method ?? expected.headers ?? expected.peer;
  if (wantsView !== undefined && views.length === 0) found.push('no application saw the request');
  for (const view of views) {
    for (const field of ['path', 'host', 'method'] as const) {
      if (expected[field] !== undefined && expected[field] !== view[field]) {
        found.push(`${field} at the callee: expected ${show(expected[field])}, got ${show(view[field])}`);
      }
    }
    if (expected.peer !== undefined && (expected.peer ?? undefined) !== view.peer)
      found.push(`peer: expected ${show(expected.peer)}, got ${show(view.peer)}`);
    found.push(...headerDifferences('header at the callee', expected.headers, view.headers));
  }
  return found;
}

function headerDifferences(
  what: string,
  expected: Readonly<Record<string, string | null>> = {},
  got: Readonly<Record<string, string>>,
): string[] {
  return Object.entries(expected).flatMap(([name, wanted]) => {
    const value = got[name];
    const expression = wanted === null ? null : /^\/(.*)\/$/.exec(wanted);
    const equal =
      wanted === null
        ? value === undefined
        : expression === null
          ? value === wanted
          : new RegExp(expression[1] as string).test(value ?? '');
    return equal ? [] : [`${what} ${name}: expected ${show(wanted)}, got ${show(value)}`];
  });
}

function shareDifferences(expected: Expectation, { outcomes, seen }: Observed): string[] {
  const found: string[] = [];
  const versions = count(outcomes.map((outcome) => outcome.answeredBy?.version ?? 'none'));
  for (const [version, share] of Object.entries(expected.split?.shares ?? {})) {
    const got = ((versions[version] ?? 0) / outcomes.length) * 100;
    if (Math.abs(got - share) > (expected.split?.within ?? 0))
      found.push(`share of ${version}: expected ${share} %, got ${got.toFixed(1)} %`);
  }
  if (expected.sticky === true && Object.keys(versions).length !== 1)
    found.push(`sticky: answered by ${show(versions)}`);
  if (expected.sticky === false && Object.keys(versions).length === 1)
    found.push(`not sticky: all answered by ${show(versions)}`);
  if (expected.seen !== undefined && !sameCounts(expected.seen, count(seen.map(({ workload }) => workload)))) {
    found.push(`seen: expected ${show(expected.seen)}, got ${show(count(seen.map(({ workload }) => workload)))}`);
  }
  if (
    expected.statuses !== undefined &&
    !sameCounts(expected.statuses, count(outcomes.map(({ status }) => String(status))))
  ) {
    found.push(
      `statuses: expected ${show(expected.statuses)}, got ${show(count(outcomes.map(({ status }) => String(status))))}`,
    );
  }
  return found;
}

function count(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function sameCounts(expected: Readonly<Record<string, number>>, got: Readonly<Record<string, number>>): boolean {
  const names = new Set([...Object.keys(expected), ...Object.keys(got)]);
  return [...names].every((name) => (expected[name] ?? 0) === (got[name] ?? 0));
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

function context(outcome: Outcome): string {
  return ` (status ${outcome.status}${outcome.body === '' ? '' : `, body ${outcome.body.slice(0, 160)}`})`;
}
