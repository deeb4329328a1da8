import { RE2JS } from 're2js';
import type { RewriteIr, RouteMatchIr } from '@malla/ir';

/** Path and query of a request target; the query keeps its `?` and is empty when there is none. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const at = target.indexOf('?');
  return at === -1 ? { path: target, query: '' } : { path: target.slice(0, at), query: target.slice(at) };
}

/**
 * What the connection manager's `normalize_path` does before routing: dot segments go, also those with parameters (`/..;x/`); `\` becomes `/`; escaped
 * unreserved characters are decoded, characters that a path must not have are escaped; slashes are not merged and `%2F` stays. Undefined for
 * what Envoy refuses with 400: a fragment, a NUL or bytes beyond ASCII.
 * Source: RFC 3986 section 6, Envoy's source/common/http/path_utility.cc, and what Envoy 1.40 answers.
 */
export function normalizeTarget(target: string): string | undefined {
  return isNormal(target) ? target : normalizeAny(target);
}

/** Characters of a path that normalisation leaves alone; `.` only behind something else than `/`. */
const plainInPath = new Uint8Array(128);
for (const code of Array.from({ length: 94 }, (_, i) => i + 0x21)) {
  plainInPath[code] = '"#%<>\\^`{|}?'.includes(String.fromCharCode(code)) ? 0 : 1;
}

/** Whether normalisation would change nothing, as with nearly all targets. Says no when in doubt. */
function isNormal(target: string): boolean {
  if (target.charCodeAt(0) !== 0x2f) return false;
  let before = 0x2f;
  let at = 1;
  for (; at < target.length; at++) {
    const code = target.charCodeAt(at);
    if (code === 0x3f) break;
    if (code > 0x7e || plainInPath[code] === 0 || (code === 0x2e && before === 0x2f)) return false;
    before = code;
  }
  for (; at < target.length; at++) {
    const code = target.charCodeAt(at);
    if (code < 0x21 || code > 0x7e || code === 0x23) return false;
  }
  return true;
}

/** The same without the short cut; a spec compares the two. */
export function normalizeAny(target: string): string | undefined {
  const { path, query } = splitTarget(target);
  if (!target.startsWith('/') || target.includes('#') || path.includes('%00') || /[^\x21-\x7e]/.test(target))
    return undefined;
  const plain = path.split('/').map((segment) => /^(\.{1,2});/.exec(segment)?.[1] ?? segment);
  return (
    removeDotSegments(
      plain
        .join('/')
        .replaceAll('\\', '/')
        .replaceAll(/%[0-9A-Fa-f]{2}|["<>^`{|}]/g, canonical),
    ) + query
  );
}

/** The one spelling of an escape or a character. */
function canonical(text: string): string {
  if (!text.startsWith('%')) return `%${text.charCodeAt(0).toString(16).toUpperCase()}`;
  const character = String.fromCharCode(Number.parseInt(text.slice(1), 16));
  return /[A-Za-z0-9._~-]/.test(character) ? character : text;
}

function removeDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    if (segment === '..') kept.pop();
    else if (segment !== '.') kept.push(segment);
    if (last && (segment === '.' || segment === '..')) kept.push('');
  });
  return `/${kept.join('/')}`;
}

/** The target after a rewrite; the query stays. `match` tells which prefix was matched. */
export function rewriteTarget(target: string, rewrite: RewriteIr, match: RouteMatchIr['path']): string {
  const { path, query } = splitTarget(target);
  switch (rewrite.kind) {
    case 'prefix':
      return (
        rewrite.value + path.slice(match.kind === 'prefix' || match.kind === 'exact' ? match.value.length : 0) + query
      );
    case 'full':
      return rewrite.value + query;
    case 'regex':
      return substitute(path, rewrite.match, rewrite.substitution) + query;
  }
}

/** RE2's GlobalReplace: every match is replaced; `\0` is the match, `\1` to `\9` its groups, `\\` a backslash. */
function substitute(text: string, expression: string, substitution: string): string {
  const matcher = RE2JS.compile(expression, RE2JS.DOTALL).matcher(text);
  let result = '';
  let end = 0;
  while (matcher.find()) {
    // An empty match right behind a match does not count.
    if (matcher.start() === matcher.end() && matcher.start() === end && end > 0) continue;
    result += text.slice(end, matcher.start());
    result += substitution.replaceAll(/\\([0-9\\])/g, (_, code: string) =>
      code === '\\' ? '\\' : (matcher.group(Number(code)) ?? ''),
    );
    end = matcher.end();
  }
  return result + text.slice(end);
}
