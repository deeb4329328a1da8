import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { positiveDuration } from '../istio-type/durations.ts';
import { oneTargetRule, policyTargets, targetRefField } from '../istio-type/policy-target.ts';

const name = z.string().min(1);

const jwksUri = withRules(z.string().min(1).max(2048), {
  rule: 'url(self).getScheme() in ["http", "https"]',
  message: 'url must have scheme http:// or https://',
}).optional();

const jwtRuleFields = z.strictObject({
  issuer: name.optional().describe('Issuer (iss) that tokens must name; required.'),
  audiences: z
    .array(name)
    .optional()
    .describe('Audiences (aud) of which a token must name one; default: the name of the service.'),
  jwksUri: jwksUri.describe(
    'URL of the keys that signatures are checked with; default: found by the issuer’s OpenID configuration.',
  ),
  jwks_uri: jwksUri.describe('The same as jwksUri, as older manifests write it.'),
  jwks: z.string().optional().describe('The keys themselves, as a JSON Web Key Set; not with jwksUri.'),
  fromHeaders: z
    .array(
      z.strictObject({
        name: name.describe('Name of the header.'),
        prefix: z.string().optional().describe('What stands before the token, such as "Bearer " with the space.'),
      }),
    )
    .optional()
    .describe('Headers that hold the token. Default: Authorization with Bearer, and parameter access_token.'),
  fromParams: z.array(name).optional().describe('Query parameters that hold the token.'),
  fromCookies: z.array(name).optional().describe('Cookies that hold the token.'),
  outputPayloadToHeader: z
    .string()
    .optional()
    .describe('Header that gets the payload of a valid token, in base64url; default: none.'),
  outputClaimToHeaders: z
    .array(
      z.strictObject({
        header: name.regex(/^[-_A-Za-z0-9]+$/).describe('Header that gets the claim; the caller’s own is overwritten.'),
        claim: name.describe('Claim to copy; a.b for one inside another. Texts, numbers and booleans only.'),
      }),
    )
    .optional()
    .describe('Claims of a valid token that the application gets as headers.'),
  forwardOriginalToken: z.boolean().optional().describe('Leave the token in the request; default false.'),
  timeout: positiveDuration.optional().describe('Time to fetch the keys, at least 1ms; default 5s.'),
  spaceDelimitedClaims: z
    .array(name)
    .max(64)
    .optional()
    .describe('Claims that are lists with spaces between, besides scope and permission.'),
  presence: z
    .enum(['OPTIONAL', 'REQUIRED'])
    .optional()
    .describe('REQUIRED: refuse requests without a token. OPTIONAL: let them through, without a principal (default).'),
});

/** What makes a token of one issuer valid. */
export const jwtRuleSchema = withRules(jwtRuleFields, {
  rule: '(has(self.jwksUri) ? 1 : 0) + (has(self.jwks_uri) ? 1 : 0) + (has(self.jwks) ? 1 : 0) <= 1',
  message: 'only one of jwks or jwksUri can be set',
});

/** security.istio.io RequestAuthentication. Source: https://istio.io/latest/docs/reference/config/security/request_authentication/ */
export const requestAuthenticationSpecSchema = withRules(
  z.strictObject({
    ...policyTargets,
    targetRef: targetRefField,
    jwtRules: z
      .array(jwtRuleSchema)
      .max(4096)
      .optional()
      .describe(
        'Issuers whose tokens are accepted. A request with a token that none of them makes valid is refused; one without passes, unless an AuthorizationPolicy asks for it.',
      ),
  }),
  oneTargetRule,
);

export type RequestAuthenticationSpec = z.infer<typeof requestAuthenticationSpecSchema>;
export type JwtRule = z.infer<typeof jwtRuleSchema>;
