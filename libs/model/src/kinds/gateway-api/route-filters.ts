import { z } from 'zod';
import type { CelRule } from '../../schema/kubernetes-schema.ts';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { int32 } from '../../schema/structural.ts';
import { corsFilter } from './cors.ts';
import { externalAuthFilter } from './external-auth.ts';
import { headerModifier } from './header-modifier.ts';
import { portNumber, preciseHostname } from './names.ts';
import { backendObjectReference, localObjectReference } from './references.ts';

/** Two rules for each field of a filter: it is there if, and only if, `type` names it. */
function oneByType(fields: Readonly<Record<string, string>>): readonly CelRule[] {
  return Object.entries(fields).flatMap(([field, type]) => [
    {
      message: `filter.${field} must be nil if the filter.type is not ${type}`,
      rule: `!(has(self.${field}) && self.type != '${type}')`,
    },
    {
      message: `filter.${field} must be specified for ${type} filter.type`,
      rule: `!(!has(self.${field}) && self.type == '${type}')`,
    },
  ]);
}

function notRepeated(type: string): CelRule {
  return { message: `${type} filter cannot be repeated`, rule: `self.filter(f, f.type == '${type}').size() <= 1` };
}

const fraction = withRules(
  z.strictObject({
    numerator: int32().min(0).describe('So many of denominator.'),
    denominator: int32().min(1).default(100).describe('The whole.'),
  }),
  {
    message: 'numerator must be less than or equal to denominator',
    rule: 'self.numerator <= self.denominator',
  },
);

const mirrorFilter = withRules(
  z.strictObject({
    backendRef: backendObjectReference.describe('Where copies go; answers are dropped.'),
    percent: int32().min(0).max(100).optional().describe('Share of requests in percent; default: all of them.'),
    fraction: fraction.optional().describe('Share of requests as a fraction; instead of percent.'),
  }),
  {
    message: 'Only one of percent or fraction may be specified in HTTPRequestMirrorFilter',
    rule: '!(has(self.percent) && has(self.fraction))',
  },
);

const pathRules = (['replaceFullPath', 'replacePrefixMatch'] as const).flatMap((field): CelRule[] => {
  const type = field === 'replaceFullPath' ? 'ReplaceFullPath' : 'ReplacePrefixMatch';
  return [
    {
      message: `${field} must be specified when type is set to '${type}'`,
      rule: `self.type == '${type}' ? has(self.${field}) : true`,
    },
    {
      message: `type must be '${type}' when ${field} is set`,
      rule: `has(self.${field}) ? self.type == '${type}' : true`,
    },
  ];
});

const pathModifier = withRules(
  z.strictObject({
    type: z.enum(['ReplaceFullPath', 'ReplacePrefixMatch']).describe('Which of the two fields is meant.'),
    replaceFullPath: z.string().max(1024).optional().describe('Instead of the whole path.'),
    replacePrefixMatch: z.string().max(1024).optional().describe('Instead of the prefix that the rule matched.'),
  }),
  ...pathRules,
);

const redirectFilter = z.strictObject({
  scheme: z.enum(['http', 'https']).optional().describe('Default: that of the request.'),
  hostname: preciseHostname.optional().describe('Host; default: that of the request.'),
  path: pathModifier.optional().describe('Default: the path of the request.'),
  port: portNumber
    .optional()
    .describe('Default: the well-known port of scheme where that is given, else the port of the listener.'),
  statusCode: z
    .literal([301, 302, 303, 307, 308])
    .meta({ type: 'integer' })
    .default(302)
    .describe('Status of the answer.'),
});

const rewriteFilter = z.strictObject({
  hostname: preciseHostname.optional().describe('Host that the backend sees; default: that of the request.'),
  path: pathModifier.optional().describe('Path that the backend sees; default: that of the request.'),
});

const commonFields = {
  requestHeaderModifier: headerModifier.optional().describe('Changes to headers of the request.'),
  responseHeaderModifier: headerModifier.optional().describe('Changes to headers of the response.'),
  requestMirror: mirrorFilter.optional().describe('Copies requests to one more backend.'),
  extensionRef: localObjectReference.optional().describe('A filter of an implementation; what it does, its kind says.'),
};

/** What happens to requests of a rule of HTTPRoute, or of one backend of it; one filter an entry, named by `type`. */
export const httpFilters = withRules(
  z
    .array(
      withRules(
        z.strictObject({
          type: z
            .enum([
              ...(['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestMirror', 'RequestRedirect'] as const),
              ...(['URLRewrite', 'ExtensionRef', 'CORS', 'ExternalAuth'] as const),
            ])
            .describe('Which field is meant. ExternalAuth is experimental.'),
          ...commonFields,
          requestRedirect: redirectFilter.optional().describe('Answers with a redirect; not together with backends.'),
          urlRewrite: rewriteFilter.optional().describe('Changes host and path of the request.'),
          cors: corsFilter.optional().describe('Which pages of other origins may call.'),
          externalAuth: externalAuthFilter
            .optional()
            .describe('Asks a service whether the request may pass (experimental).'),
        }),
        ...oneByType({
          cors: 'CORS',
          requestHeaderModifier: 'RequestHeaderModifier',
          responseHeaderModifier: 'ResponseHeaderModifier',
          requestMirror: 'RequestMirror',
          requestRedirect: 'RequestRedirect',
          urlRewrite: 'URLRewrite',
          extensionRef: 'ExtensionRef',
          externalAuth: 'ExternalAuth',
        }),
      ),
    )
    .max(16),
  {
    message: 'May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both',
    rule: "!(self.exists(f, f.type == 'RequestRedirect') && self.exists(f, f.type == 'URLRewrite'))",
  },
  ...['CORS', 'RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect', 'URLRewrite'].map(notRepeated),
);

/** As {@link httpFilters}, for GRPCRoute. */
export const grpcFilters = withRules(
  z
    .array(
      withRules(
        z.strictObject({
          type: z
            .enum(['ResponseHeaderModifier', 'RequestHeaderModifier', 'RequestMirror', 'ExtensionRef'])
            .describe('Which field is meant.'),
          ...commonFields,
        }),
        ...oneByType({
          requestHeaderModifier: 'RequestHeaderModifier',
          responseHeaderModifier: 'ResponseHeaderModifier',
          requestMirror: 'RequestMirror',
          extensionRef: 'ExtensionRef',
        }),
      ),
    )
    .max(16),
  ...['RequestHeaderModifier', 'ResponseHeaderModifier'].map(notRepeated),
);

/** Filters of a listener, before any route is chosen. */
export const listenerFilters = z.strictObject({
  requests: z
    .array(
      withRules(
        z.strictObject({
          type: z.enum(['ExternalAuth', 'ExtensionRef']).describe('Which field is meant.'),
          externalAuth: externalAuthFilter.optional().describe('Asks a service whether the request may pass.'),
          extensionRef: commonFields.extensionRef,
        }),
        ...oneByType({ externalAuth: 'ExternalAuth', extensionRef: 'ExtensionRef' }),
      ),
    )
    .max(16)
    .optional()
    .describe('What happens to every request of the listener, in this order.'),
});
