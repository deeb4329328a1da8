import type { HeaderOperationsIr } from '@malla/ir';
import type { Headers } from './request.ts';

/**
 * Header fields after the edits of one or several levels (rule, then destination), in Envoy's order: the removals of all levels, then all that is
 * set (overwritten, a later level wins), then all that is added (appended). Source: Envoy source/common/router/header_parser.cc.
 */
export function editHeaders(headers: Headers, ...levels: readonly HeaderOperationsIr[]): Headers {
  const edited: Record<string, string> = { ...headers };
  for (const name of levels.flatMap(({ remove }) => remove)) delete edited[name];
  for (const [name, value] of levels.flatMap(({ set }) => set)) edited[name] = value;
  for (const [name, value] of levels.flatMap(({ add }) => add)) {
    const before = edited[name];
    edited[name] = before === undefined ? value : `${before},${value}`;
  }
  return edited;
}
