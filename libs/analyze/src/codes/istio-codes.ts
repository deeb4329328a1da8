import type { CodeDefinition } from './code.ts';
import { configurationCodes } from './configuration-codes.ts';
import { platformCodes } from './platform-codes.ts';

/**
 * Istio's codes with its names, levels and arguments, in their order; the words are ours. Retired numbers are not used again.
 * Source: https://istio.io/latest/docs/reference/config/analysis/
 */
export const istioCodes: readonly CodeDefinition[] = [...platformCodes, ...configurationCodes].sort((a, b) =>
  a.code.localeCompare(b.code),
);
