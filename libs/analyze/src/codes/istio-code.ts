import type { CodeDefinition, Level } from './code.ts';

/** One of Istio's codes, without its prefix. */
export function istioCode(
  code: string,
  level: Level,
  name: string,
  about: Pick<CodeDefinition, 'meaning' | 'text' | 'fix'> & { readonly args?: readonly string[] },
): CodeDefinition {
  return { code: `IST${code}`, level, name, args: [], ...about };
}
