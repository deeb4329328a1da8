import type { FunctionTable } from '../overload.ts';
import { conversionFunctions, conversionMethods } from './conversions.ts';
import { formatFunctions, formatMethods } from './formats.ts';
import { listFunctions, listMethods } from './lists.ts';
import { networkFunctions, networkMethods } from './network.ts';
import { stringMethods } from './strings.ts';

/** What is called by its name alone; those of a namespace with it, as in `format.uuid`. */
export const functions: FunctionTable = {
  ...listFunctions,
  ...conversionFunctions,
  ...networkFunctions,
  ...formatFunctions,
  matches: stringMethods['matches'] ?? [],
};

/** What is called on a value. Names of several tables are put together: `indexOf` is one of texts and one of lists. */
export const methods: FunctionTable = merged(
  stringMethods,
  listMethods,
  conversionMethods,
  networkMethods,
  formatMethods,
);

function merged(...tables: readonly FunctionTable[]): FunctionTable {
  const all: Record<string, FunctionTable[string]> = {};
  for (const [name, overloads] of tables.flatMap((table) => Object.entries(table))) {
    all[name] = [...(all[name] ?? []), ...overloads];
  }
  return all;
}
