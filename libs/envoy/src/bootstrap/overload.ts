import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { anyPack } from '@bufbuild/protobuf/wkt';
import { OverloadManagerSchema, type OverloadManager } from '@malla/protos/gen/envoy/config/overload/v3/overload_pb';
import { DownstreamConnectionsConfigSchema } from '@malla/protos/gen/envoy/extensions/resource_monitors/downstream_connections/v3/downstream_connections_pb';
import { FixedHeapConfigSchema } from '@malla/protos/gen/envoy/extensions/resource_monitors/fixed_heap/v3/fixed_heap_pb';
import { durationOf } from './durations.ts';

/** What Envoy may use before it refuses work rather than fall over. */
export interface OverloadLimits {
  /** Connections accepted at a time, over all listeners but the static ones. */
  readonly maxConnections: number;
  /** Bytes of heap; undefined for no limit. */
  readonly maxHeapBytes?: number;
}

/** Envoy's overload manager. Source: Envoy, "Configuring Envoy as an edge proxy", for the thresholds. */
export function overloadManager(limits: OverloadLimits): OverloadManager {
  const connections = create(DownstreamConnectionsConfigSchema, {
    maxActiveDownstreamConnections: BigInt(limits.maxConnections),
  });
  const monitors: MessageInitShape<typeof OverloadManagerSchema>['resourceMonitors'] = [
    {
      name: 'envoy.resource_monitors.global_downstream_max_connections',
      configType: { case: 'typedConfig', value: anyPack(DownstreamConnectionsConfigSchema, connections) },
    },
  ];
  if (limits.maxHeapBytes === undefined) return create(OverloadManagerSchema, { resourceMonitors: monitors });
  const heap = create(FixedHeapConfigSchema, { maxHeapSizeBytes: BigInt(limits.maxHeapBytes) });
  monitors.push({
    name: heapMonitor,
    configType: { case: 'typedConfig', value: anyPack(FixedHeapConfigSchema, heap) },
  });
  return create(OverloadManagerSchema, {
    refreshInterval: durationOf(250),
    resourceMonitors: monitors,
    actions: [
      heapAction('envoy.overload_actions.shrink_heap', 0.9),
      heapAction('envoy.overload_actions.stop_accepting_requests', 0.95),
    ],
  });
}

const heapMonitor = 'envoy.resource_monitors.fixed_heap';

function heapAction(name: string, threshold: number) {
  return {
    name,
    triggers: [{ name: heapMonitor, triggerOneof: { case: 'threshold' as const, value: { value: threshold } } }],
  };
}
