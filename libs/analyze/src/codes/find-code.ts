import type { CodeDefinition } from './code.ts';
import { istioCodes } from './istio-codes.ts';
import { ownCodes } from './own-codes.ts';

/** Every code that analysis reports: Istio's, then Malla's own. */
export const analysisMessages: readonly CodeDefinition[] = [...istioCodes, ...ownCodes];

const byCode = new Map(analysisMessages.map((m) => [m.code, m]));

/** The definition of a code, or undefined. */
export function findCode(code: string): CodeDefinition | undefined {
  return byCode.get(code);
}

/** Page that explains a code: Istio's for its codes, for others the place in Malla's reference. */
export function documentationUrl(code: string): string {
  return code.startsWith('IST')
    ? `https://istio.io/latest/docs/reference/config/analysis/${code.toLowerCase()}/`
    : `docs/reference/analysis.md#${code.toLowerCase()}`;
}
