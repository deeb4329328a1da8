// One request or connection
export {
  isError,
  type AccessRecord,
  type ConnectionSecurity,
  type Reporter,
  type SignalKey,
  type Traffic,
} from './access-record.ts';
export { reporterOfLog, toAccessRecord, toConnectionRecord, type ReportingWorkload } from './access-log.ts';
// Many of them
export { LatencyHistogram } from './latency-histogram.ts';
export { matchesFilter, serviceNameOf, signalKeyFields, signalKeyId, type SignalFilter } from './signal-key.ts';
export { SignalTally, type SignalBucket, type TallyData } from './signal-tally.ts';
export { SignalRecorder, type SignalRecorderParams } from './signal-recorder.ts';
export { sumBuckets } from './sum-buckets.ts';
// Where they are kept
export {
  bucketStart,
  levels,
  rolledUpLevels,
  type Level,
  type ReadOptions,
  type TelemetryStore,
  type TimeSpan,
} from './telemetry-store.ts';
export { MemoryTelemetryStore } from './memory-telemetry-store.ts';
export { expireOld, rollUpDue, type Retention, type RollUpParams } from './roll-up.ts';
// What they say
export { readSpan, type ReadSpanParams } from './read-span.ts';
export { figuresOf, signalsOf, type Signal, type SignalFigures } from './signals.ts';
export { levelOfStep, seriesOf, type Series, type SeriesGroup, type SeriesPoint, type SeriesQuery } from './series.ts';
export {
  serviceGraph,
  type GraphDetail,
  type GraphEdge,
  type GraphNode,
  type NodeHealth,
  type ServiceGraph,
} from './service-graph.ts';
