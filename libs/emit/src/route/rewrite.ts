import type { RewriteIr } from '@malla/ir';

/** Path rewrite fields of a forwarding route. The query stays. */
export function rewrite(rewriteIr: RewriteIr) {
  switch (rewriteIr.kind) {
    case 'prefix':
      return { prefixRewrite: rewriteIr.value };
    case 'full':
      return { regexRewrite: substitute('^.*$', rewriteIr.value.replaceAll('\\', '\\\\')) };
    case 'regex':
      return { regexRewrite: substitute(rewriteIr.match, rewriteIr.substitution) };
  }
}

function substitute(regex: string, substitution: string) {
  return { pattern: { regex }, substitution };
}
