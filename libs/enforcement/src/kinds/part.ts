import type { FieldPath } from '@malla/model';
import type { Cut, CutEffect } from '../cuts.ts';
import type { Fields } from '../edit.ts';

/** What a kind cannot leave to pruning: where leaving a field out would change the meaning of what stays. */
export type KindView = (object: Fields, cuts: CutList) => Fields | undefined;

/** The cuts of one object. */
export class CutList {
  readonly list: Cut[] = [];

  add(path: FieldPath, effect: CutEffect, reason?: string): void {
    this.list.push({ path, effect, ...(reason !== undefined && { reason }) });
  }

  /** Notes the cut and leaves the part out: for use where a part is mapped. */
  leaveOut(path: FieldPath, effect: CutEffect, reason?: string): undefined {
    this.add(path, effect, reason);
    return undefined;
  }
}
