import type { ApplyType } from './apply-type.ts';
import { compareTyped } from './compare.ts';
import { describePath, FieldSet } from './field-set.ts';
import { fieldSetOf } from './field-set-of.ts';
import { managerId, withoutPaths, type Managed, type ManagerName, type Managers } from './managers.ts';
import { mergeTyped } from './merge.ts';
import { removeItems } from './remove-items.ts';
import { trackUpdate, unmanagedFields } from './track-update.ts';

/** A field that somebody else manages and that an apply would change. */
export interface ApplyConflict {
  readonly manager: ManagerName & { readonly time: string | undefined };
  /** As Kubernetes writes it: `.spec.replicas`. */
  readonly field: string;
}

export interface ApplyConfigurationParams {
  readonly type: ApplyType;
  /** Undefined if there is no such object. */
  readonly live: unknown;
  /** What the applier wants: only the fields that it cares for. */
  readonly applied: unknown;
  readonly managers: Managers;
  readonly by: ManagerName;
  /** Takes the fields of others over instead of telling of conflicts. */
  readonly force: boolean;
  /** Fields in which conflicts do not count: what the applier is known to have set before it had a name. */
  readonly known?: FieldSet;
  /** ISO 8601 in whole seconds. */
  readonly time: string;
}

export type ApplyOutcome =
  { readonly conflicts: readonly ApplyConflict[] } | { readonly object: unknown; readonly managers: Managers };

/** Whose an object's fields become that nobody has managed so far. */
const beforeFirstApply = 'before-first-apply';

/**
 * Server-side apply. Merges what is applied into the live object, removes what this applier set before and now leaves out unless somebody
 * else manages it too, and gives its fields to the applier. Throws {@link ListKeyError} for lists that their schema does not allow.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export function applyConfiguration(params: ApplyConfigurationParams): ApplyOutcome {
  const { type, live, applied, by, force, time } = params;
  const known = managersOfLive(params);
  const id = managerId(by);
  const last = known.get(id);
  const mine: Managed = { ...by, time, set: fieldSetOf(type, applied).difference(unmanagedFields) };
  const merged = mergeTyped(type, live, applied);
  const withMine = new Map(known).set(id, mine);
  const object = last === undefined ? merged : prune({ type, merged, last: last.set, managers: withMine });
  const { added, modified, removed } = compareTyped(type, live ?? {}, object ?? {});
  const touched = added.union(modified);
  const contested = new Map<string, FieldSet>();
  for (const [other, { set }] of withMine) {
    const common = other === id ? FieldSet.empty : set.intersection(touched);
    if (!common.isEmpty) contested.set(other, common);
  }
  if (!force) {
    const conflicts = conflictsIn(withMine, contested, params.known);
    if (conflicts.length > 0) return { conflicts };
  }
  const left = withoutPaths(withMine, (_managed, other) => {
    if (other === id) return FieldSet.empty;
    return removed.union(contested.get(other) ?? FieldSet.empty);
  });
  if (mine.set.isEmpty) left.delete(id);
  return { object, managers: left };
}

/** An object that was written without any manager being noted belongs to one who was there before. */
function managersOfLive({ type, live, managers, by, time }: ApplyConfigurationParams): Managers {
  if (live === undefined || managers.size > 0) return managers;
  const before: ManagerName = { ...by, manager: beforeFirstApply, operation: 'Update', subresource: '' };
  return trackUpdate({ type, before: undefined, after: live, managers, by: before, time });
}

function conflictsIn(
  managers: Managers,
  contested: ReadonlyMap<string, FieldSet>,
  known: FieldSet = FieldSet.empty,
): ApplyConflict[] {
  return [...contested].flatMap(([id, set]) => {
    const { set: _, ...manager } = managers.get(id) as Managed;
    return [...set.difference(known).paths()].map((path) => ({ manager, field: describePath(path) }));
  });
}

interface PruneParams {
  readonly type: ApplyType;
  readonly merged: unknown;
  /** What the applier set the last time. */
  readonly last: FieldSet;
  /** The applier's new set included. */
  readonly managers: Managers;
}

/** Takes out what was set before and is not any more; keeps what others manage, and what stood there without anybody's doing. */
function prune({ type, merged, last, managers }: PruneParams): unknown {
  if (last.isEmpty) return merged;
  const lastNamed = last.withNamedFields(type);
  const sets = [...managers.values()].reduce((all, { set }) => all.union(set), FieldSet.empty);
  const owned = sets.withNamedFields(type);
  const rest = removeItems(type, merged, lastNamed, sets);
  const all = fieldSetOf(type, merged).withNamedFields(type);
  const withOwned = removeItems(
    type,
    merged,
    all.difference(fieldSetOf(type, rest).withNamedFields(type)).difference(owned),
    sets,
  );
  const kept = fieldSetOf(type, withOwned).withNamedFields(type);
  return removeItems(type, merged, all.difference(kept).intersection(lastNamed), sets);
}
