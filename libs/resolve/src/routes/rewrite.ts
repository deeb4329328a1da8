import type { RewriteIr, RouteMatchIr } from '@malla/ir';
import type { HttpRoute } from '@malla/model';

/**
 * The new path. A prefix match has its prefix replaced as plain text, so prefix `/api` with rewrite `/` makes `//items` of `/api/items`: write
 * `/api/` for that, as with Istio. An exact or regex match has its whole path replaced.
 */
export function resolveRewrite(rewrite: HttpRoute['rewrite'], path: RouteMatchIr['path']): RewriteIr | undefined {
  const regex = rewrite?.uriRegexRewrite;
  if (regex !== undefined) return { kind: 'regex', match: regex.match ?? '', substitution: regex.rewrite ?? '' };
  if (rewrite?.uri === undefined || rewrite.uri === '') return undefined;
  return { kind: path.kind === 'prefix' ? 'prefix' : 'full', value: rewrite.uri };
}
