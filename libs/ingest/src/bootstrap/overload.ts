import type { BootstrapConfig } from '@malla/proxy-config';
import type {
  OverloadAction,
  OverloadManager,
  ResourceMonitor,
} from '@malla/protos/gen/envoy/config/overload/v3/overload_pb';
import { DownstreamConnectionsConfigSchema } from '@malla/protos/gen/envoy/extensions/resource_monitors/downstream_connections/v3/downstream_connections_pb';
import { FixedHeapConfigSchema } from '@malla/protos/gen/envoy/extensions/resource_monitors/fixed_heap/v3/fixed_heap_pb';
import { anyCase, unpack } from '../wire/any.ts';
import type { FieldReader } from '../wire/field-reader.ts';

type Limits = Pick<BootstrapConfig, 'maxConnections' | 'maxHeapBytes' | 'refuseRequestsAt'>;

const cases = [
  anyCase(DownstreamConnectionsConfigSchema, (reader) => ({
    maxConnections: Number(reader.take('maxActiveDownstreamConnections')),
  })),
  anyCase(FixedHeapConfigSchema, (reader): Partial<Limits> => {
    const bytes = Number(reader.take('maxHeapSizeBytes'));
    if (bytes === 0) reader.refuse('maxHeapSizeBytes', 'must be above 0');
    return { maxHeapBytes: bytes };
  }),
];

const refuseRequests = 'envoy.overload_actions.stop_accepting_requests';
/** Node.js gives memory back by itself. */
const shrinkHeap = 'envoy.overload_actions.shrink_heap';

/** What the proxy may use before it refuses work. */
export function readOverload(reader: FieldReader<OverloadManager> | undefined): Limits {
  if (!reader) return {};
  // How often the heap is looked at is the watcher's own decision.
  reader.ignore('refreshInterval');
  const names = new Map<string, Partial<Limits>>();
  for (const monitor of reader.messages('resourceMonitors')) {
    const { name, limit } = readMonitor(monitor);
    if (names.has(name)) monitor.refuse('name', `${name} is there twice`);
    names.set(name, limit);
  }
  const heapMonitors = [...names].filter(([, limit]) => limit.maxHeapBytes !== undefined).map(([name]) => name);
  const thresholds = reader.messages('actions').flatMap((action) => readAction(action, heapMonitors));
  return {
    ...Object.assign({}, ...names.values()),
    ...(thresholds.length > 0 && { refuseRequestsAt: Math.min(...thresholds) }),
  };
}

function readMonitor(reader: FieldReader<ResourceMonitor>): { name: string; limit: Partial<Limits> } {
  if (reader.caseOf('configType') === undefined) reader.reading.report(reader.path, 'has no typed_config');
  const limit = reader.oneof<'configType', Partial<Limits>>('configType', {
    typedConfig: (any) => unpack<Partial<Limits>>(any, cases),
  });
  return { name: reader.take('name'), limit: limit ?? {} };
}

/** Shares of the heap at which requests are refused. */
function readAction(reader: FieldReader<OverloadAction>, heapMonitors: readonly string[]): number[] {
  const name = reader.take('name');
  if (name !== refuseRequests && name !== shrinkHeap) reader.refuse('name', `${name} is not supported`);
  return reader.messages('triggers').flatMap((trigger) => {
    const monitor = trigger.take('name');
    if (!heapMonitors.includes(monitor)) trigger.refuse('name', `${monitor} is no monitor of the heap`);
    const at = trigger.oneof<'triggerOneof', number>('triggerOneof', {
      threshold: (threshold) => threshold.take('value'),
    });
    return name === refuseRequests && at !== undefined ? [at] : [];
  });
}
