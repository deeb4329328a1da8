import type { ValueMatch } from '@malla/ir';

/** A value as policies write it: exact, `prefix*`, `*suffix`, or `*` for any value at all. */
export function resolveValue(value: string): ValueMatch {
  if (value === '*') return { kind: 'present' };
  if (value.startsWith('*')) return { kind: 'suffix', value: value.slice(1) };
  if (value.endsWith('*')) return { kind: 'prefix', value: value.slice(0, -1) };
  return { kind: 'exact', value };
}

/** A namespace may have its asterisk anywhere. Source: Istio pilot/pkg/security/authz/model, srcNamespaceGenerator. */
export function resolveNamespace(value: string): ValueMatch {
  const inner = value.slice(1, -1);
  if (!inner.includes('*') && !(value.startsWith('*') && value.endsWith('*') && value.length > 1))
    return resolveValue(value);
  return { kind: 'regex', value: value.split('*').map(escapeRegex).join('.*') };
}

const oneSegment = '{*}';
const anySegments = '{**}';

/** A path; `{*}` stands for one segment and `{**}` for the rest. Source: https://istio.io/latest/docs/reference/config/security/authorization-policy/#Operation */
export function resolvePath(value: string): ValueMatch {
  if (!value.includes(oneSegment) && !value.includes(anySegments)) return resolveValue(value);
  const parts = value.split(/(\{\*\*\}|\{\*\})/);
  return {
    kind: 'regex',
    value: parts
      .map((part) => (part === anySegments ? '.*' : part === oneSegment ? '[^/]+' : escapeRegex(part)))
      .join(''),
  };
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
