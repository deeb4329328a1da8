import type { RewriteIr } from '@malla/ir';
import type { RouteAction } from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readRegexSubstitution } from '../wire/regex.ts';

/** The rewrite of the path; at most one kind. */
export function readRewrite(reader: FieldReader<RouteAction>): RewriteIr | undefined {
  const prefix = reader.take('prefixRewrite');
  const regex = reader.message('regexRewrite');
  if (prefix !== '' && regex) reader.refuse('regexRewrite', 'must not be set with prefix_rewrite');
  if (prefix !== '') return { kind: 'prefix', value: prefix };
  return regex && rewriteOf(readRegexSubstitution(regex));
}

/** An expression for everything with no reference in its substitution is a rewrite of the whole path. */
function rewriteOf({ match, substitution }: { match: string; substitution: string }): RewriteIr {
  const constant = match === '^.*$' && !/\\\d/.test(substitution.replaceAll('\\\\', ''));
  return constant
    ? { kind: 'full', value: substitution.replaceAll('\\\\', '\\') }
    : { kind: 'regex', match, substitution };
}
