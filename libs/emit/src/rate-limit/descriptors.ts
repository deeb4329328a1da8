import type { MessageInitShape } from '@bufbuild/protobuf';
import { rateLimitNames, type RateLimitIr, type RateLimitMatchIr, type RateLimitValueIr } from '@malla/ir';
import type {
  HeaderMatcherSchema,
  RateLimit_ActionSchema,
  RateLimitSchema,
} from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import { quoteRegex, stringMatcher } from '../wire/string-matcher.ts';

type Action = MessageInitShape<typeof RateLimit_ActionSchema>;
type HeaderMatcher = MessageInitShape<typeof HeaderMatcherSchema>;

/**
 * What policy-telemetry is asked about a policy: for each rule its policy, its name and the values that it counts by. A rule with several matches is
 * asked for each match that holds; the same descriptor twice in a question counts once.
 */
export function descriptors({ origin, rules }: RateLimitIr): MessageInitShape<typeof RateLimitSchema>[] {
  const policy = genericKey(rateLimitNames.policy, `${origin.namespace}/${origin.name}`);
  return rules.flatMap(({ name, matches, values }) => {
    const named =
      matches.length === 0 ? [genericKey(rateLimitNames.rule, name)] : matches.map((match) => matched(name, match));
    return named.map((rule) => ({ actions: [policy, rule, ...values.map(valueOf)] }));
  });
}

/** Yields nothing, and with it no descriptor, where the match does not hold. */
function matched(rule: string, match: RateLimitMatchIr): Action {
  const value = {
    descriptorKey: rateLimitNames.rule,
    descriptorValue: rule,
    expectMatch: true,
    headers: [...paths(match), ...methods(match), ...match.headers.map(header)],
  };
  return { actionSpecifier: { case: 'headerValueMatch', value } };
}

/** `:path` has the query. */
function paths({ paths: alternatives }: RateLimitMatchIr): HeaderMatcher[] {
  const patterns = alternatives.map(
    ({ kind, value }) => `${quoteRegex(value)}${kind === 'prefix' ? '.*' : '(?:\\?.*)?'}`,
  );
  return alternatives.length === 0 ? [] : [pattern(':path', patterns)];
}

function methods({ methods: alternatives }: RateLimitMatchIr): HeaderMatcher[] {
  return alternatives.length === 0 ? [] : [pattern(':method', alternatives.map(quoteRegex))];
}

function pattern(name: string, alternatives: readonly string[]): HeaderMatcher {
  const regex = alternatives.join('|');
  return {
    name,
    headerMatchSpecifier: { case: 'stringMatch', value: { matchPattern: { case: 'safeRegex', value: { regex } } } },
  };
}

function header({ name, match }: RateLimitMatchIr['headers'][number]): HeaderMatcher {
  return match.kind === 'present'
    ? { name, headerMatchSpecifier: { case: 'presentMatch', value: true } }
    : { name, headerMatchSpecifier: { case: 'stringMatch', value: stringMatcher(match) } };
}

/** Without a header there is no entry, so that all requests without it share one limit. */
function valueOf(value: RateLimitValueIr): Action {
  switch (value.kind) {
    case 'header':
      return {
        actionSpecifier: {
          case: 'requestHeaders',
          value: { headerName: value.name, descriptorKey: `header:${value.name}`, skipIfAbsent: true },
        },
      };
    case 'remote-address':
      return { actionSpecifier: { case: 'remoteAddress', value: {} } };
    case 'source-principal':
      return genericKey('source_principal', '%DOWNSTREAM_PEER_URI_SAN%', 'unknown');
    case 'path':
      return genericKey('path', '%PATH(NQ:PATH)%');
  }
}

/** The proxies' bootstrap makes Envoy take values as formats; names of policies and rules have no percent sign. */
function genericKey(descriptorKey: string, descriptorValue: string, defaultValue = ''): Action {
  return { actionSpecifier: { case: 'genericKey', value: { descriptorKey, descriptorValue, defaultValue } } };
}
