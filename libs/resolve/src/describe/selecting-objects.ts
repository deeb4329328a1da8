import { enforce } from '@malla/enforcement';
import { groupOf, type KnownResource, type Resource } from '@malla/model';
import { selects, type Labels } from '@malla/snapshot';
import { originOf } from '../diagnostics.ts';
import type { Level, SelectingObject } from './description.ts';

/** A workload as selectors see it. */
export interface Selected {
  readonly namespace: string;
  readonly labels: Labels;
  readonly rootNamespace: string;
}

interface SelectorForm {
  /** Labels that an object asks for; undefined if it is meant for something else than workloads. */
  readonly labelsOf: (spec: Fields) => Labels | undefined;
  /** Which level counts first. */
  readonly order: readonly Level[];
  /** Only the first counts, instead of all together. */
  readonly firstOnly?: boolean;
  readonly onlyUnenforced?: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

const narrowFirst: readonly Level[] = ['workload', 'namespace', 'mesh'];
const wideFirst: readonly Level[] = ['mesh', 'namespace', 'workload'];

const bySelector = (spec: Fields): Labels | undefined => {
  const attached = spec['targetRef'] !== undefined || ((spec['targetRefs'] as unknown[] | undefined) ?? []).length > 0;
  return attached ? undefined : (((spec['selector'] as Fields | undefined)?.['matchLabels'] as Labels) ?? {});
};
const byWorkloadSelector = (spec: Fields): Labels | undefined =>
  spec['targetRefs'] === undefined
    ? (((spec['workloadSelector'] as Fields | undefined)?.['labels'] as Labels) ?? {})
    : undefined;

/**
 * Kinds that select workloads, besides those that the description tells in full. Sources: "Sidecar", "Telemetry", "RequestAuthentication", "ProxyConfig", "EnvoyFilter",
 * "Wasm Plugin" of https://istio.io/latest/docs/reference/config/
 */
const forms: Readonly<Record<string, SelectorForm>> = {
  'networking.istio.io/Sidecar': { labelsOf: byWorkloadSelector, order: narrowFirst, firstOnly: true },
  'networking.istio.io/EnvoyFilter': { labelsOf: byWorkloadSelector, order: wideFirst },
  'networking.istio.io/ProxyConfig': { labelsOf: bySelector, order: wideFirst },
  'security.istio.io/RequestAuthentication': { labelsOf: bySelector, order: wideFirst },
  // Those that are enforced are told with their rules.
  'security.istio.io/AuthorizationPolicy': { labelsOf: bySelector, order: wideFirst, onlyUnenforced: true },
  'policy.malla.io/RateLimit': { labelsOf: bySelector, order: wideFirst },
  'policy.malla.io/ApiKeyPolicy': { labelsOf: bySelector, order: wideFirst },
  'telemetry.istio.io/Telemetry': { labelsOf: bySelector, order: wideFirst },
  'extensions.istio.io/WasmPlugin': { labelsOf: bySelector, order: wideFirst },
  'extensions.istio.io/TrafficExtension': { labelsOf: bySelector, order: wideFirst },
};

/** Group and kind of what {@link selectingObjects} looks at. */
export const selectingKinds: readonly string[] = Object.keys(forms);

/** The objects that select a workload, by kind, in the order in which they count. `objects` are of one kind oldest first. */
export function selectingObjects(
  objects: Iterable<Resource | KnownResource>,
  workload: Selected,
): readonly SelectingObject[] {
  const byKind = new Map<string, SelectingObject[]>();
  for (const object of objects) {
    const name = `${groupOf(object.apiVersion)}/${object.kind}`;
    const form = forms[name];
    const level = form === undefined ? undefined : levelOf(object, form, workload);
    const enforced = enforce(object).view !== undefined;
    if (level === undefined || (enforced && form?.onlyUnenforced === true)) continue;
    byKind.set(name, [...(byKind.get(name) ?? []), { origin: originOf(object), level, enforced }]);
  }
  return selectingKinds.flatMap((name) => {
    const { order, firstOnly } = forms[name] as SelectorForm;
    const sorted = (byKind.get(name) ?? []).toSorted((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
    return firstOnly === true ? sorted.slice(0, 1) : sorted;
  });
}

/** How widely an object that applies is meant; undefined if it does not apply. */
function levelOf(object: Resource | KnownResource, { labelsOf }: SelectorForm, workload: Selected): Level | undefined {
  const asked = labelsOf(((object as { spec?: unknown }).spec as Fields | undefined) ?? {});
  if (asked === undefined || !selects(asked, workload.labels)) return undefined;
  return appliesAt(object.metadata.namespace ?? '', asked, workload);
}

/** The level of an object whose selector a workload meets; undefined if its namespace is another one. */
export function appliesAt(namespace: string, asked: Labels, workload: Selected): Level | undefined {
  const isRoot = namespace === workload.rootNamespace;
  if (!isRoot && namespace !== workload.namespace) return undefined;
  if (Object.keys(asked).length > 0) return 'workload';
  return isRoot ? 'mesh' : 'namespace';
}
