import { allAnalyzers } from './analyzers/all-analyzers.ts';
import type { AnalysisView, Analyzer } from './analyzer.ts';
import { findingOf, sortFindings, type Finding } from './finding.ts';
import type { Environment } from './resources/environment.ts';
import type { KindRef } from './resources/kind-refs.ts';
import { meshFacts, type MeshFacts } from './resources/mesh.ts';
import type { ResourceSet } from './resources/resource-set.ts';
import type { Subject } from './resources/subject.ts';
import { isSuppressed, type Suppression } from './suppress.ts';

export interface AnalyzeOptions {
  /** Default: Istio's defaults. */
  readonly mesh?: MeshFacts;
  /** What is known of the cluster besides its resources, for the analyzers before an installation; default nothing. */
  readonly environment?: Environment;
  /** Names of the analyzers to run; default all but those on request. Unknown names are passed over. */
  readonly analyzers?: readonly string[];
  /** Kinds that cannot be read here: analyzers that need one are skipped. */
  readonly unavailable?: ReadonlySet<KindRef>;
  /** Kinds that are kept elsewhere, as workloads without Kubernetes: analyzers that conclude something from their absence are skipped. */
  readonly absent?: ReadonlySet<KindRef>;
  /** Findings about this resource alone, by the analyzers that have it as origin. */
  readonly only?: Subject;
  /** Findings about this kind alone. */
  readonly kind?: KindRef;
  /** Findings about these namespaces, and about what has none; default all. */
  readonly namespaces?: readonly string[];
  readonly suppressions?: readonly Suppression[];
  /** Current time, in milliseconds. */
  readonly now: number;
}

export interface Analysis {
  /** Sorted: errors first, then by code and origin; each once. */
  readonly findings: readonly Finding[];
  readonly executed: readonly string[];
  readonly skipped: readonly string[];
}

/** Analyses a set of resources. Does not throw: an analyzer that fails is a finding (IST0001), and the others go on. */
export function analyze(set: ResourceSet, options: AnalyzeOptions): Analysis {
  const { only, namespaces, suppressions = [] } = options;
  const kind = only?.ref ?? options.kind;
  const view: AnalysisView = {
    set,
    mesh: options.mesh ?? meshFacts(),
    environment: options.environment ?? {},
    now: options.now,
    subjects: (ref) => (kind !== undefined && kind !== ref ? [] : only === undefined ? set.list(ref) : [only]),
  };
  const wanted = selectAnalyzers(options.analyzers).filter((a) => kind === undefined || a.origins.includes(kind));
  const executed = wanted.filter((a) => canRun(a, options));
  const findings = executed.flatMap((analyzer) => run(analyzer, view));
  const kept = findings.filter(
    (f) =>
      (only === undefined || f.subject === undefined || f.subject === only) &&
      isInNamespace(f, namespaces) &&
      !isSuppressed(f, suppressions),
  );
  return {
    findings: sortFindings(kept),
    executed: executed.map((a) => a.name),
    skipped: wanted.filter((a) => !executed.includes(a)).map((a) => a.name),
  };
}

/** The named analyzers, or all that run by themselves when no name is known. Source: Istio, NamedCombined */
export function selectAnalyzers(names: readonly string[] = []): readonly Analyzer[] {
  const named = allAnalyzers.filter((a) => names.includes(a.name));
  return named.length > 0 ? named : allAnalyzers.filter((a) => a.onRequest !== true);
}

function canRun({ inputs, optional = [] }: Analyzer, { unavailable, absent }: AnalyzeOptions): boolean {
  return !inputs.some(
    (ref) => unavailable?.has(ref) === true || (absent?.has(ref) === true && !optional.includes(ref)),
  );
}

function run(analyzer: Analyzer, view: AnalysisView): Finding[] {
  try {
    return [...analyzer.analyze(view)];
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return [findingOf('IST0001', { subject: undefined, args: [`${analyzer.name}: ${reason}`] })];
  }
}

/** What has no namespace is always shown; a Namespace is in itself. */
function isInNamespace({ subject }: Finding, namespaces: readonly string[] | undefined): boolean {
  if (namespaces === undefined || subject === undefined) return true;
  const own = subject.ref === '/Namespace' ? subject.name : subject.namespace;
  return own === '' || namespaces.includes(own);
}
