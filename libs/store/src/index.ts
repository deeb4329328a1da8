// The port
export type {
  Change,
  ChangeOperation,
  HistoryQuery,
  ListQuery,
  ResourcePage,
  ResourceStore,
  StoredResource,
  WatchEvent,
  WatchOptions,
  WriteBatch,
  WriteGuard,
  WriteOperation,
} from './resource-store.ts';
// Keys and selectors
export { compareKeys, keyOf, keyText, type ResourceKey } from './resource-key.ts';
export { matchesLabels, parseLabelSelector, type LabelSelector } from './label-selector.ts';
// The rules of writing, for implementations of the port
export { operationKey, planWrite, withRevision, type PlanWriteParams, type WriteState } from './plan-write.ts';
// Wake-ups, for implementations of the port
export type { WakeUps } from './wake-ups.ts';
// The whole state in memory
export { ResourceMirror } from './resource-mirror.ts';
