import type { Telemetry } from '@malla/model';
import { selects, type Labels, type MeshSnapshot } from '@malla/snapshot';

/** Of whose traffic a setting speaks: what the workload sends, or what it gets. */
export type TelemetryMode = 'CLIENT' | 'SERVER';

/**
 * The Telemetry objects of a workload, the widest first: the oldest of the root namespace without a selector, the oldest of its own namespace without
 * one, and the oldest there that selects it. Source: Istio pilot/pkg/model, Telemetries.applicableTelemetries
 */
export function applicableTelemetries(
  snapshot: Pick<MeshSnapshot, 'mesh' | 'telemetries'>,
  workload: { readonly namespace: string; readonly labels: Labels },
): readonly Telemetry[] {
  const { rootNamespace } = snapshot.mesh;
  const wide = (namespace: string) => snapshot.telemetries.get(namespace)?.find((each) => !isSelective(each));
  const own = snapshot.telemetries
    .get(workload.namespace)
    ?.find((each) => isSelective(each) && selects(each.spec?.selector?.matchLabels ?? {}, workload.labels));
  const levels = [
    wide(rootNamespace),
    workload.namespace === rootNamespace ? undefined : wide(workload.namespace),
    own,
  ];
  return levels.filter((each) => each !== undefined);
}

function isSelective({ spec }: Telemetry): boolean {
  return Object.keys(spec?.selector?.matchLabels ?? {}).length > 0;
}

/** Whether a setting with this match speaks of a mode; without a match it speaks of both. */
export function concernsMode(match: { readonly mode?: string | undefined } | undefined, mode: TelemetryMode): boolean {
  return match?.mode === undefined || match.mode === 'CLIENT_AND_SERVER' || match.mode === mode;
}
