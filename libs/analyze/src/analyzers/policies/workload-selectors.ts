import { kindRefs, type KindRef } from '../../resources/kind-refs.ts';
import type { Labels } from '../../resources/labels.ts';
import { podsOf } from '../../resources/pods.ts';
import type { Derivation } from '../../resources/resource-set.ts';
import type { Subject } from '../../resources/subject.ts';

/** A kind of which a workload should have one: Sidecar, Telemetry. */
export interface Selecting {
  readonly ref: KindRef;
  /** Labels that an object selects pods of its namespace by; undefined without any. */
  readonly selectorOf: (subject: Subject) => Labels | undefined;
  /** Whether it is for its whole namespace. */
  readonly isWithoutSelector: (subject: Subject) => boolean;
}

/** Names of the objects that select a pod, sorted. */
export function byWorkload({ ref, selectorOf }: Selecting): Derivation<ReadonlyMap<Subject, readonly string[]>> {
  return {
    inputs: [ref, kindRefs.pod],
    build(set) {
      const found = new Map<Subject, string[]>();
      for (const subject of set.list(ref)) {
        const selector = selectorOf(subject);
        if (selector === undefined) continue;
        for (const pod of podsOf(set).inNamespace(subject.namespace).matching(selector)) {
          const known = found.get(pod);
          if (known === undefined) found.set(pod, [subject.name]);
          else known.push(subject.name);
        }
      }
      for (const names of found.values()) names.sort();
      return found;
    },
  };
}

/** Names of the objects of a namespace that are for all of it, sorted. */
export function withoutSelector({ ref, isWithoutSelector }: Selecting): Derivation<ReadonlyMap<string, string[]>> {
  return {
    inputs: [ref],
    build(set) {
      const found = new Map<string, string[]>();
      for (const subject of set.list(ref)) {
        if (!isWithoutSelector(subject)) continue;
        const known = found.get(subject.namespace);
        if (known === undefined) found.set(subject.namespace, [subject.name]);
        else known.push(subject.name);
      }
      for (const names of found.values()) names.sort();
      return found;
    },
  };
}
