import { z } from 'zod';
import { withRules, type CelRule } from '../../schema/kubernetes-schema.ts';
import { mapList, setList } from '../../schema/structural.ts';
import { gatewayDuration, headerName, headerValue, hostname } from './names.ts';
import { filteredBackendReference } from './references.ts';
import { matchesInAll, routeFields, ruleName, uniqueRuleNames } from './route-common.ts';
import { httpFilters } from './route-filters.ts';
import { sessionPersistence } from './session-persistence.ts';

const plain = "self.type in ['Exact','PathPrefix']";
const pathCharacters = "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$";

function plainPath(what: string, condition: string): CelRule {
  return { message: `${what} when type one of ['Exact', 'PathPrefix']`, rule: `(${plain}) ? ${condition} : true` };
}

const pathMatch = withRules(
  z.strictObject({
    type: z
      .enum(['Exact', 'PathPrefix', 'RegularExpression'])
      .default('PathPrefix')
      .describe('How value is meant; a prefix ends at a `/` of the path.'),
    value: z.string().max(1024).default('/').describe('The path.'),
  }),
  plainPath("value must be an absolute path and start with '/'", "self.value.startsWith('/')"),
  ...['//', '/./', '/../', '%2f', '%2F', '#'].map((part) =>
    plainPath(`must not contain '${part}'`, `!self.value.contains('${part}')`),
  ),
  ...['/..', '/.'].map((end) => plainPath(`must not end with '${end}'`, `!self.value.endsWith('${end}')`)),
  {
    message: "type must be one of ['Exact', 'PathPrefix', 'RegularExpression']",
    rule: `${plain} || self.type == 'RegularExpression'`,
  },
  {
    message: `must only contain valid characters (matching ${pathCharacters}) for types ['Exact', 'PathPrefix']`,
    rule: `(${plain}) ? self.value.matches(r"""${pathCharacters}""") : true`,
  },
);

/** How the value of a header or parameter is compared. */
export const valueMatchType = z.enum(['Exact', 'RegularExpression']).default('Exact').describe('How value is meant.');

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'] as const;
const anyPath = () => ({ path: { type: 'PathPrefix' as const, value: '/' } });

const httpMatch = z.strictObject({
  path: pathMatch.default(() => anyPath().path).describe('Path without the query.'),
  headers: mapList(
    z
      .array(
        z.strictObject({
          type: valueMatchType,
          name: headerName.describe('Name; case does not matter.'),
          value: headerValue.describe('Value.'),
        }),
      )
      .max(16),
    'name',
  )
    .optional()
    .describe('Headers; all must match.'),
  queryParams: mapList(
    z
      .array(
        z.strictObject({
          type: valueMatchType,
          name: headerName.describe('Name; exactly so written.'),
          value: z.string().min(1).max(1024).describe('Value.'),
        }),
      )
      .max(16),
    'name',
  )
    .optional()
    .describe('Parameters of the query; all must match.'),
  method: z.enum(methods).optional().describe('Method; default: any.'),
});

const timeouts = withRules(
  z.strictObject({
    request: gatewayDuration.optional().describe('Time for the whole request with all its attempts; 0s: no limit.'),
    backendRequest: gatewayDuration.optional().describe('Time for one attempt; at most that of request.'),
  }),
  {
    message: 'backendRequest timeout cannot be longer than request timeout',
    rule: "!(has(self.request) && has(self.backendRequest) && duration(self.request) != duration('0s') && duration(self.backendRequest) > duration(self.request))",
  },
);

const retry = z.strictObject({
  codes: setList(z.array(z.int().min(400).max(599)))
    .optional()
    .describe('Statuses of the backend, 400 to 599, after which it is tried again.'),
  attempts: z.int().min(0).default(1).describe('Tries after the first one.'),
  backoff: gatewayDuration.optional().describe('Least time between two tries; default: the implementation chooses.'),
});

/** A path replaced by its prefix needs one prefix match, so that it is clear what is replaced. */
function onePrefixMatch(message: string, exists: string): CelRule {
  return {
    message: `${message}, exactly one PathPrefix match must be specified`,
    rule: `(${exists}) ? ((size(self.matches) != 1 || !has(self.matches[0].path) || self.matches[0].path.type != 'PathPrefix') ? false : true) : true`,
  };
}

const replacesPrefix = (filter: string) =>
  `f, has(f.${filter}) && has(f.${filter}.path) && f.${filter}.path.type == 'ReplacePrefixMatch' && has(f.${filter}.path.replacePrefixMatch)`;
const inRule = (filter: string) => `has(self.filters) && self.filters.exists_one(${replacesPrefix(filter)})`;
const inBackend = (filter: string) =>
  `has(self.backendRefs) && self.backendRefs.exists_one(b, (has(b.filters) && b.filters.exists_one(${replacesPrefix(filter)})) )`;

const httpRule = withRules(
  z.strictObject({
    name: ruleName,
    matches: z
      .array(httpMatch)
      .max(64)
      .default(() => [anyPath()])
      .describe('Requests that the rule is for: those that one of these matches.'),
    filters: httpFilters.optional().describe('What happens to the requests.'),
    backendRefs: z
      .array(filteredBackendReference(httpFilters))
      .max(16)
      .optional()
      .describe('Where requests go, by weight. Without one, and without a redirect, the answer is 500.'),
    timeouts: timeouts.optional().describe('Limits of time; default: none.'),
    retry: retry.optional().describe('When a request is tried again; default: the implementation chooses.'),
    sessionPersistence: sessionPersistence
      .optional()
      .describe('Sends all requests of a session to one backend (experimental).'),
  }),
  {
    message: 'RequestRedirect filter must not be used together with backendRefs',
    rule: '(has(self.backendRefs) && size(self.backendRefs) > 0) ? (!has(self.filters) || self.filters.all(f, !has(f.requestRedirect))): true',
  },
  onePrefixMatch('When using RequestRedirect filter with path.replacePrefixMatch', inRule('requestRedirect')),
  onePrefixMatch('When using URLRewrite filter with path.replacePrefixMatch', inRule('urlRewrite')),
  onePrefixMatch(
    'Within backendRefs, when using RequestRedirect filter with path.replacePrefixMatch',
    inBackend('requestRedirect'),
  ),
  onePrefixMatch(
    'Within backendRefs, When using URLRewrite filter with path.replacePrefixMatch',
    inBackend('urlRewrite'),
  ),
);

/** gateway.networking.k8s.io HTTPRoute: how requests of HTTP are matched, changed and sent on. */
export const httpRouteSpecSchema = z.strictObject({
  ...routeFields,
  hostnames: z
    .array(hostname)
    .max(16)
    .optional()
    .describe('Hosts of requests that the route is for; default: those of the listener.'),
  rules: withRules(
    z.array(httpRule).min(1).max(16),
    uniqueRuleNames,
    matchesInAll((rule) => `${rule}.matches.size()`),
  )
    .default(() => [{ matches: [anyPath()] }])
    .describe(
      'What happens to which requests; the most specific match wins. Without any, one for all, without a backend.',
    ),
});

export type HTTPRouteSpec = z.input<typeof httpRouteSpecSchema>;
