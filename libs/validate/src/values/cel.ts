import { parse } from '@marcbachmann/cel-js';
import { complaint, type Complaint } from './complaint.ts';

const cacheSize = 1024;
const cache = new Map<string, Complaint | undefined>();

/** What is wrong with the syntax of an expression in CEL, or undefined. Names are not looked at. Source: https://github.com/google/cel-spec */
export function celProblem(expression: string): Complaint | undefined {
  const hint = 'such as response.code >= 400; see https://github.com/google/cel-spec';
  if (expression.trim() === '') return complaint('must be an expression in CEL', hint);
  if (cache.has(expression)) return cache.get(expression);
  let found: Complaint | undefined;
  try {
    parse(expression);
  } catch (thrown) {
    const [reason = ''] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
    found = complaint(`is not an expression in CEL: ${reason.slice(0, 120)}`, hint);
  }
  if (cache.size >= cacheSize) cache.delete(cache.keys().next().value as string);
  cache.set(expression, found);
  return found;
}
