// How values merge
export { applyTypeOf, type ApplyType } from './apply-type.ts';
export { mergeTyped, ListKeyError } from './merge.ts';
export { compareTyped, type Comparison } from './compare.ts';
export { removeItems } from './remove-items.ts';
// Sets of fields
export { describePath, FieldSet } from './field-set.ts';
export { fieldSetOf } from './field-set-of.ts';
export { readFieldsV1, writeFieldsV1 } from './fields-v1.ts';
// Who manages what
export {
  managerId,
  readManagers,
  sameManagers,
  writeManagers,
  type Managed,
  type ManagedFieldsEntry,
  type ManagerName,
  type Managers,
} from './managers.ts';
// Writes
export { trackUpdate, unmanagedFields, type TrackUpdateParams } from './track-update.ts';
export {
  applyConfiguration,
  type ApplyConfigurationParams,
  type ApplyConflict,
  type ApplyOutcome,
} from './apply-configuration.ts';
