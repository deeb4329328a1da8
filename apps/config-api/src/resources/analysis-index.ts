import { analyze, kindRefOf, kindRefs, meshOfSet, ResourceSet, selectAnalyzers, sortFindings } from '@malla/analyze';
import type { AnalyzeOptions, Finding, KindRef } from '@malla/analyze';
import type { Resource } from '@malla/model';
import type { MirrorFollower } from './mirror-feed.ts';

/** Those that look at more than one resource; the rules of one are admission's business. */
const analyzers = selectAnalyzers().filter(({ name }) => !name.startsWith('schema.'));
const names = analyzers.map(({ name }) => name);
const everyName = selectAnalyzers().map(({ name }) => name);
const analysed = new Set<string>(analyzers.flatMap(({ origins }) => origins));

/** Namespace of the control plane, where Istio's ConfigMap with the mesh's configuration may be. */
const istioNamespace = 'istio-system';

/** Finds what is wrong with objects among all others. Follows the mirror; an object costs about as much as itself. */
export class AnalysisIndex implements MirrorFollower {
  readonly #set: ResourceSet;
  readonly #now: () => number;
  #changes = 0;
  /** Findings of whole kinds, for lists. */
  readonly #ofKinds = new Map<KindRef, { readonly changes: number; readonly byName: ReadonlyMap<string, Finding[]> }>();

  /** @param domainSuffix DNS suffix of the mesh @param now milliseconds since the epoch */
  constructor(domainSuffix: string, now: () => number) {
    this.#set = new ResourceSet(domainSuffix);
    this.#now = now;
  }

  clear(): void {
    this.#set.clear();
    this.#changes++;
  }

  set(object: Resource): void {
    this.#set.set(object);
    this.#changes++;
  }

  delete(object: Resource): void {
    this.#set.delete(kindRefOf(object), object.metadata.namespace ?? '', object.metadata.name);
    this.#changes++;
  }

  /** Whether anything is ever found about objects of this kind. */
  analyses(ref: KindRef): boolean {
    return analysed.has(ref);
  }

  /** Findings about an object as it is given, stored or not, among everything that is stored. */
  findings(object: Resource): readonly Finding[] {
    const ref = kindRefOf(object);
    if (!analysed.has(ref)) return [];
    const { namespace = '', name } = object.metadata;
    const before = this.#set.find(ref, namespace, name);
    if (before?.resource === object) return this.#analyze({ only: before });
    const only = this.#set.set(object);
    try {
      return this.#analyze({ only });
    } finally {
      if (before === undefined) this.#set.delete(ref, namespace, name);
      else this.#set.set(before.resource);
    }
  }

  /** Findings about a stored object of a list: those of its whole kind are found together, and kept until something changes. */
  findingsInList(ref: KindRef, namespace: string, name: string): readonly Finding[] {
    let kept = this.#ofKinds.get(ref);
    if (kept?.changes !== this.#changes) {
      const byName = new Map<string, Finding[]>();
      for (const finding of this.#analyze({ kind: ref })) {
        const key = keyOf(finding.subject?.namespace ?? '', finding.subject?.name ?? '');
        byName.set(key, [...(byName.get(key) ?? []), finding]);
      }
      this.#ofKinds.set(ref, (kept = { changes: this.#changes, byName }));
    }
    return kept.byName.get(keyOf(namespace, name)) ?? [];
  }

  /** Findings about objects as if they were stored together, by every analyzer; or, with `wholeMesh`, about all that would be there then. */
  findingsWith(objects: readonly Resource[], wholeMesh: boolean): readonly Finding[] {
    const places = new Map(objects.map((object) => [placeText(object), object]));
    const before = [...places.values()].map((object) => {
      const [ref, { namespace = '', name }] = [kindRefOf(object), object.metadata];
      return { ref, namespace, name, resource: this.#set.find(ref, namespace, name)?.resource };
    });
    try {
      const subjects = [...places.values()].map((object) => this.#set.set(object));
      if (wholeMesh) return this.#analyze({}, everyName);
      return sortFindings(subjects.flatMap((only) => this.#analyze({ only }, everyName)));
    } finally {
      for (const { ref, namespace, name, resource } of before) {
        if (resource === undefined) this.#set.delete(ref, namespace, name);
        else this.#set.set(resource);
      }
    }
  }

  #analyze(which: Pick<AnalyzeOptions, 'only' | 'kind'>, by: readonly string[] = names): readonly Finding[] {
    // Without any pod, what runs is registered elsewhere: nothing follows from there being none.
    const absent = new Set<KindRef>(this.#set.list(kindRefs.pod).length === 0 ? [kindRefs.pod] : []);
    const mesh = meshOfSet(this.#set, istioNamespace);
    return analyze(this.#set, { ...which, mesh, absent, analyzers: by, now: this.#now() }).findings;
  }
}

const placeText = (object: Resource) =>
  `${kindRefOf(object)} ${keyOf(object.metadata.namespace ?? '', object.metadata.name)}`;
const keyOf = (namespace: string, name: string) => `${namespace}/${name}`;
