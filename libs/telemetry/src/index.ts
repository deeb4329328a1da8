// One request
export { isError, type AccessRecord, type ConnectionSecurity, type Reporter } from './access-record.ts';
export { toAccessRecord, type ReportingWorkload } from './access-log.ts';
// Many of them
export { LatencyHistogram } from './latency-histogram.ts';
export { SignalStore, type Signal, type SignalQuery, type SignalStoreOptions } from './signal-store.ts';
