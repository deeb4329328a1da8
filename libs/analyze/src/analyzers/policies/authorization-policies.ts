import type { AnalysisView, Analyzer } from '../../analyzer.ts';
import { findingOf, type Finding } from '../../finding.ts';
import { kindRefs } from '../../resources/kind-refs.ts';
import { LabelIndex, selectorText } from '../../resources/labels.ts';
import { isPodInAmbient, isPodInMesh } from '../../resources/pods.ts';
import { dataAt, hasData, items, textMap, texts } from '../../resources/read.ts';
import type { Derivation } from '../../resources/resource-set.ts';
import type { Subject } from '../../resources/subject.ts';

interface Workloads {
  readonly all: LabelIndex<Subject>;
  readonly byNamespace: ReadonlyMap<string, LabelIndex<Subject>>;
}

/** Workloads of the mesh: pods with a proxy, and those outside Kubernetes. */
const meshWorkloads: Derivation<Workloads> = {
  inputs: [kindRefs.pod, kindRefs.namespace, kindRefs.workloadEntry],
  build(set) {
    const all = new LabelIndex<Subject>();
    const byNamespace = new Map<string, LabelIndex<Subject>>();
    const add = (subject: Subject, labels: Subject['labels']) => {
      all.add(labels, subject);
      const own = byNamespace.get(subject.namespace) ?? new LabelIndex<Subject>();
      own.add(labels, subject);
      byNamespace.set(subject.namespace, own);
    };
    for (const pod of set.list(kindRefs.pod)) if (isPodInMesh(set, pod) || isPodInAmbient(pod)) add(pod, pod.labels);
    for (const entry of set.list(kindRefs.workloadEntry))
      add(entry, { ...entry.labels, ...textMap(entry.spec, 'labels') });
    return { all, byNamespace };
  },
};

const namespaceNames: Derivation<{ readonly exact: ReadonlySet<string>; readonly all: readonly string[] }> = {
  inputs: [kindRefs.namespace],
  build(set) {
    const all = set.list(kindRefs.namespace).map(({ name }) => name.toLowerCase());
    return { exact: new Set(all), all };
  },
};

/** Whether AuthorizationPolicies select a workload, and whether the namespaces that they name exist. */
export const authorizationPolicies: Analyzer = {
  name: 'auth.AuthorizationPoliciesAnalyzer',
  description: 'Checks the workloads and the namespaces of AuthorizationPolicies',
  inputs: [kindRefs.authorizationPolicy, kindRefs.namespace, kindRefs.pod, kindRefs.workloadEntry],
  optional: [kindRefs.pod],
  origins: [kindRefs.authorizationPolicy],
  codes: ['IST0101', 'IST0127'],
  *analyze(view) {
    for (const subject of view.subjects(kindRefs.authorizationPolicy)) {
      // Where there is no pod at all, what runs is not known.
      if (view.set.list(kindRefs.pod).length > 0) yield* checkWorkloads(view, subject);
      yield* checkNamespaces(view, subject);
    }
  },
};

function* checkWorkloads({ set, mesh }: AnalysisView, subject: Subject): Iterable<Finding> {
  const { all, byNamespace } = set.derive(meshWorkloads);
  const isMeshWide = subject.namespace === mesh.rootNamespace;
  const hasSelector = hasData(subject.spec, 'selector');
  if (isMeshWide && !hasSelector) return;
  const selector = textMap(subject.spec['selector'], 'matchLabels');
  const workloads = isMeshWide ? all : byNamespace.get(subject.namespace);
  if (workloads?.any(selector) === true) return;
  yield findingOf('IST0127', { subject, args: [selectorText(selector)], path: ['spec', 'selector'] });
}

function* checkNamespaces({ set }: AnalysisView, subject: Subject): Iterable<Finding> {
  const names = set.derive(namespaceNames);
  for (const [i, rule] of items(subject.spec, 'rules').entries())
    for (const [j, from] of items(rule, 'from').entries())
      for (const field of ['namespaces', 'notNamespaces'])
        for (const [k, wanted] of texts(dataAt(from, 'source'), field).entries())
          if (!exists(wanted.toLowerCase(), wanted, names)) {
            const path = ['spec', 'rules', i, 'from', j, 'source', field, k];
            yield findingOf('IST0101', { subject, args: ['namespace', wanted], path });
          }
}

/** A name, a prefix with `*` behind or a suffix with `*` before it; without any namespace nothing exists. */
function exists(
  lower: string,
  wanted: string,
  { exact, all }: { readonly exact: ReadonlySet<string>; readonly all: readonly string[] },
): boolean {
  if (wanted === '*') return all.length > 0;
  if (wanted.startsWith('*')) return all.some((name) => name.endsWith(wanted.slice(1)));
  if (wanted.endsWith('*')) return all.some((name) => name.startsWith(wanted.slice(0, -1)));
  return exact.has(lower);
}
