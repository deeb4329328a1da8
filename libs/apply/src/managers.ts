import type { FieldSet } from './field-set.ts';
import { readFieldsV1, writeFieldsV1 } from './fields-v1.ts';
import { isObject } from './json.ts';

/** An entry of `metadata.managedFields`. */
export interface ManagedFieldsEntry {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  /** ISO 8601 in whole seconds. */
  readonly time?: string;
  readonly fieldsType: 'FieldsV1';
  readonly fieldsV1: Readonly<Record<string, unknown>>;
  readonly subresource?: string;
}

/** Who manages fields, and how. */
export interface ManagerName {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  /** Version of the API that it wrote through. */
  readonly apiVersion: string;
  /** Such as `status`; empty for the object itself. */
  readonly subresource: string;
}

/** What one manager owns. */
export interface Managed extends ManagerName {
  readonly time: string | undefined;
  readonly set: FieldSet;
}

/** All managers of an object by their identifiers. */
export type Managers = ReadonlyMap<string, Managed>;

/** Most managers that are kept apart for updates; older ones become one, as in Kubernetes. */
const mostUpdateManagers = 10;

/** The manager into which the oldest are merged. */
const ancientManager = 'ancient-changes';

/** One text for a manager. An applier is the same in every version. */
export function managerId({ manager, operation, apiVersion, subresource }: ManagerName): string {
  return JSON.stringify([operation, manager, operation === 'Apply' ? '' : apiVersion, subresource]);
}

/** Reads `metadata.managedFields`; undefined if it is not well-formed. */
export function readManagers(entries: unknown): Managers | undefined {
  if (!Array.isArray(entries)) return entries === undefined || entries === null ? new Map() : undefined;
  const managers = new Map<string, Managed>();
  for (const entry of entries as unknown[]) {
    const read = readEntry(entry);
    if (read === undefined) return undefined;
    managers.set(managerId(read), read);
  }
  return managers;
}

function readEntry(entry: unknown): Managed | undefined {
  if (!isObject(entry)) return undefined;
  const { manager = '', operation, apiVersion, time, fieldsType, fieldsV1 = {}, subresource = '' } = entry;
  if (operation !== 'Apply' && operation !== 'Update') return undefined;
  const texts = [manager, apiVersion, subresource].every((text) => typeof text === 'string');
  if (!texts || fieldsType !== 'FieldsV1' || (time != null && typeof time !== 'string')) return undefined;
  const set = readFieldsV1(fieldsV1);
  if (set === undefined) return undefined;
  return {
    manager: manager as string,
    operation,
    apiVersion: apiVersion as string,
    subresource: subresource as string,
    time: time ?? undefined,
    set,
  };
}

/** `metadata.managedFields`: appliers first, then by time and name. Managers that own nothing are left out. */
export function writeManagers(managers: Managers): readonly ManagedFieldsEntry[] {
  return [...managers.values()]
    .filter(({ set }) => !set.isEmpty)
    .sort(compareManaged)
    .map(({ manager, operation, apiVersion, time, set, subresource }) => ({
      manager,
      operation,
      apiVersion,
      ...(time === undefined ? {} : { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: writeFieldsV1(set),
      ...(subresource === '' ? {} : { subresource }),
    }));
}

function compareManaged(a: Managed, b: Managed): number {
  return (
    compareText(a.operation, b.operation) ||
    compareText(a.time ?? '', b.time ?? '') ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The same managers with at most ten of updates: the oldest become `ancient-changes`, one for each version. */
export function capManagers(managers: Managers): Managers {
  const updates = [...managers].filter(
    ([, { operation, subresource }]) => operation === 'Update' && subresource === '',
  );
  if (updates.length <= mostUpdateManagers) return managers;
  const oldest = updates.sort(([, a], [, b]) => compareManaged(a, b)).slice(0, updates.length - mostUpdateManagers + 1);
  const result = new Map(managers);
  for (const [id, managed] of oldest) {
    const ancient = { ...managed, manager: ancientManager };
    const before = result.get(managerId(ancient));
    result.delete(id);
    result.set(
      managerId(ancient),
      before === undefined || id === managerId(ancient) ? ancient : { ...ancient, set: ancient.set.union(before.set) },
    );
  }
  return result;
}

/** True if both own the same, whatever the times. */
export function sameManagers(a: Managers, b: Managers): boolean {
  if (a.size !== b.size) return false;
  for (const [id, managed] of a) {
    const other = b.get(id);
    if (other === undefined || !other.set.equals(managed.set) || other.apiVersion !== managed.apiVersion) return false;
  }
  return true;
}

/** The managers without some paths; those that then own nothing are gone. */
export function withoutPaths(
  managers: Managers,
  paths: (managed: Managed, id: string) => FieldSet,
): Map<string, Managed> {
  const result = new Map<string, Managed>();
  for (const [id, managed] of managers) {
    const set = managed.set.difference(paths(managed, id));
    if (!set.isEmpty) result.set(id, set === managed.set ? managed : { ...managed, set });
  }
  return result;
}
