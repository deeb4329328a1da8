import type { HeaderMatchIr, RouteMatchIr, ValueMatch } from '@malla/ir';
import type { StringMatch } from '@malla/proxy-config';
import type {
  HeaderMatcher,
  QueryParameterMatcher,
  RouteMatch,
} from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readHeaderMatch } from '../wire/header-match.ts';
import { quoteRegex, readRegex } from '../wire/regex.ts';
import { readStringMatch } from '../wire/string-match.ts';

/** The conditions of a route. */
export function readRouteMatch(reader: FieldReader<RouteMatch> | undefined): RouteMatchIr {
  if (!reader) return { path: { kind: 'prefix', value: '/', ignoreCase: false }, headers: [], queryParameters: [] };
  const all = [...reader.messages('headers').flatMap(readCondition), ...grpcCondition(reader)];
  const method = ownCondition(all, ':method');
  const authority = ownCondition(all, ':authority');
  return {
    path: readPath(reader),
    ...(method && { method: method.match }),
    ...(authority && { authority: authority.match }),
    headers: all.filter((condition) => condition !== method && condition !== authority),
    queryParameters: reader.messages('queryParameters').map(readQueryParameter),
  };
}

function readPath(reader: FieldReader<RouteMatch>): RouteMatchIr['path'] {
  // Envoy heeds this for prefixes and whole paths only: expressions have `(?i)`.
  const ignoreCase = reader.take('caseSensitive') === false;
  const path = reader.oneof<'pathSpecifier', RouteMatchIr['path']>('pathSpecifier', {
    prefix: (value) => ({ kind: 'prefix', value, ignoreCase }),
    path: (value) => ({ kind: 'exact', value, ignoreCase }),
    safeRegex: (matcher) => {
      const regex = readRegex(matcher);
      const flagged = regex.startsWith('(?i)');
      return { kind: 'regex', value: flagged ? regex.slice('(?i)'.length) : regex, ignoreCase: flagged };
    },
  });
  return path ?? { kind: 'prefix', value: '/', ignoreCase: false };
}

/** A condition on a pseudo header that the IR has a place of its own for: the first that is not inverted. */
function ownCondition(conditions: readonly HeaderMatchIr[], name: string): HeaderMatchIr | undefined {
  return conditions.find((condition) => condition.name === name && !condition.inverted);
}

/** Routes for gRPC only: those whose content type says so. Source: Envoy source/common/grpc/common.cc, isGrpcRequestHeaders */
function grpcCondition(reader: FieldReader<RouteMatch>): HeaderMatchIr[] {
  if (!reader.message('grpc')) return [];
  return [{ name: 'content-type', match: { kind: 'regex', value: 'application/grpc(?:\\+.*)?' }, inverted: false }];
}

/**
 * A header condition in the IR's words. An inverted match that a missing header fails becomes two: the header is there, and the condition does not hold.
 */
function readCondition(reader: FieldReader<HeaderMatcher>): HeaderMatchIr[] {
  const { name, match, inverted, missingIsEmpty } = readHeaderMatch(reader);
  switch (match.kind) {
    case 'present':
      if (missingIsEmpty) reader.refuse('treatMissingHeaderAsEmpty', 'is not supported with present_match');
      return [{ name, match: { kind: 'present' }, inverted: inverted === match.present }];
    case 'range':
      reader.refuse('headerMatchSpecifier', 'range_match is not supported in routes');
      return [];
    case 'string': {
      if (missingIsEmpty && !inverted) {
        reader.refuse('treatMissingHeaderAsEmpty', 'is supported only with invert_match');
      }
      const condition = { name, match: valueMatch(match.matcher), inverted };
      const there: HeaderMatchIr = { name, match: { kind: 'present' }, inverted: false };
      return inverted && !missingIsEmpty ? [there, condition] : [condition];
    }
  }
}

function readQueryParameter(reader: FieldReader<QueryParameterMatcher>): RouteMatchIr['queryParameters'][number] {
  const match = reader.oneof<'queryParameterMatchSpecifier', ValueMatch>('queryParameterMatchSpecifier', {
    stringMatch: (matcher) => valueMatch(readStringMatch(matcher)),
    presentMatch: (present, path) => {
      if (!present) reader.reading.report(path, 'must be true');
      return { kind: 'present' };
    },
  });
  return { name: reader.take('name'), match: match ?? { kind: 'present' } };
}

/** A string match in the IR's words: what it has no kind for is an expression. */
export function valueMatch({ kind, value, ignoreCase }: StringMatch): ValueMatch {
  if (kind !== 'contains' && !ignoreCase) return { kind, value };
  const flag = ignoreCase ? '(?is)' : '(?s)';
  const quoted = quoteRegex(value);
  switch (kind) {
    case 'exact':
      return { kind: 'regex', value: `${flag}${quoted}` };
    case 'prefix':
      return { kind: 'regex', value: `${flag}${quoted}.*` };
    case 'suffix':
      return { kind: 'regex', value: `${flag}.*${quoted}` };
    case 'contains':
      return { kind: 'regex', value: `${flag}.*${quoted}.*` };
    case 'regex':
      return { kind: 'regex', value };
  }
}
