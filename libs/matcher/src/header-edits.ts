import type { HeaderOperationsIr } from '@malla/ir';
import type { Headers } from './request.ts';

/**
 * Header fields after the edits of one or several levels (rule, then destination): all removals come first, then each level sets (overwrites)
 * and adds (appends), so a later level wins.
 */
export function editHeaders(headers: Headers, ...levels: readonly HeaderOperationsIr[]): Headers {
  const edited: Record<string, string> = { ...headers };
  for (const name of levels.flatMap(({ remove }) => remove)) delete edited[name];
  for (const { set, add } of levels) {
    for (const [name, value] of set) edited[name] = value;
    for (const [name, value] of add) {
      const before = edited[name];
      edited[name] = before === undefined ? value : `${before},${value}`;
    }
  }
  return edited;
}
