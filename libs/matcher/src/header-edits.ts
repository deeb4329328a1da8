import type { HeaderOperationsIr } from '@malla/ir';
import type { Headers } from './request.ts';

/** Header fields after edits: remove, then set (overwrite), then add (append). */
export function editHeaders(headers: Headers, operations: HeaderOperationsIr): Headers {
  const edited: Record<string, string> = { ...headers };
  for (const name of operations.remove) delete edited[name];
  for (const [name, value] of operations.set) edited[name] = value;
  for (const [name, value] of operations.add) {
    const before = edited[name];
    edited[name] = before === undefined ? value : `${before},${value}`;
  }
  return edited;
}
