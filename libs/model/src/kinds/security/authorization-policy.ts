import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { atMostOneOf } from '../istio-type/one-of.ts';
import { oneTargetRule, policyTargets, targetRefField } from '../istio-type/policy-target.ts';

const values = z.array(z.string());
const serviceAccounts = z.array(z.string().max(320)).max(16);

const sourceFields = z.strictObject({
  principals: values
    .optional()
    .describe(
      'Identities without spiffe://, such as cluster.local/ns/shop/sa/cart; each exact, prefix*, *suffix or *.',
    ),
  notPrincipals: values.optional().describe('None of these identities.'),
  requestPrincipals: values
    .optional()
    .describe('Principals of the request’s token, issuer/subject; each exact, prefix*, *suffix or *.'),
  notRequestPrincipals: values.optional().describe('None of these principals.'),
  namespaces: values.optional().describe('Namespaces of the caller’s identity; needs mutual TLS.'),
  notNamespaces: values.optional().describe('None of these namespaces.'),
  serviceAccounts: serviceAccounts
    .optional()
    .describe(
      'Service accounts of the caller’s identity: name in the policy’s namespace, or namespace/name. No wildcards; not with principals and namespaces.',
    ),
  notServiceAccounts: serviceAccounts.optional().describe('None of these service accounts.'),
  ipBlocks: values.optional().describe('Addresses that connections come from: IP addresses or CIDR blocks.'),
  notIpBlocks: values.optional().describe('None of these addresses.'),
  remoteIpBlocks: values
    .optional()
    .describe(
      'Addresses of the original caller, by X-Forwarded-For or the PROXY protocol: IP addresses or CIDR blocks.',
    ),
  notRemoteIpBlocks: values.optional().describe('None of these addresses.'),
  trustDomains: values
    .optional()
    .describe('Trust domains of the caller’s identity; each exact, prefix*, *suffix or *.'),
  notTrustDomains: values.optional().describe('None of these trust domains.'),
});

const sourceSchema = withRules(sourceFields, {
  rule: '(has(self.serviceAccounts) || has(self.notServiceAccounts)) ? (!has(self.principals) && !has(self.notPrincipals) && !has(self.namespaces) && !has(self.notNamespaces)) : true',
  message: 'Cannot set serviceAccounts with namespaces or principals',
});

const operationSchema = z.strictObject({
  hosts: values.optional().describe('Hosts of the request, without regard to case; each exact, prefix*, *suffix or *.'),
  notHosts: values.optional().describe('None of these hosts.'),
  methods: values.optional().describe('HTTP methods, in capitals; gRPC is always POST.'),
  notMethods: values.optional().describe('None of these methods.'),
  paths: values
    .optional()
    .describe(
      'Paths without the query; each exact, prefix*, *suffix or *, or with {*} for one part and {**} for the rest. gRPC: /package.Service/Method.',
    ),
  notPaths: values.optional().describe('None of these paths.'),
  ports: values.optional().describe('Ports of the workload (the targetPort), as text.'),
  notPorts: values.optional().describe('None of these ports.'),
});

const conditionSchema = z.strictObject({
  key: z
    .string()
    .describe('What is looked at, such as request.headers[NAME], request.auth.claims[NAME] or source.principal.'),
  values: values.optional().describe('One of these must hold; values or notValues is required.'),
  notValues: values.optional().describe('None of these may hold.'),
});

const ruleSchema = z.strictObject({
  from: z
    .array(z.strictObject({ source: sourceSchema.optional().describe('The caller; all that is given must hold.') }))
    .max(512)
    .optional()
    .describe('Callers, one of which must match; default: everyone.'),
  to: z
    .array(
      z.strictObject({ operation: operationSchema.optional().describe('The request; all that is given must hold.') }),
    )
    .optional()
    .describe('Operations, one of which must match; default: everything.'),
  when: z.array(conditionSchema).optional().describe('Further conditions, all of which must hold.'),
});

const specFields = z.strictObject({
  ...policyTargets,
  targetRef: targetRefField,
  action: z
    .enum(['ALLOW', 'DENY', 'AUDIT', 'CUSTOM'])
    .optional()
    .describe(
      'ALLOW (default), DENY, AUDIT (only recorded) or CUSTOM (a service decides). CUSTOM and DENY are looked at first; once an ALLOW policy selects a workload, what none allows is denied.',
    ),
  provider: z
    .strictObject({
      name: z.string().optional().describe('Name of an extension provider of the mesh’s configuration.'),
    })
    .optional()
    .describe('The service that decides, with CUSTOM.'),
  rules: z
    .array(ruleSchema)
    .max(512)
    .optional()
    .describe('One of these must match. ALLOW without rules allows nothing, an empty rule matches everything.'),
});

/** security.istio.io AuthorizationPolicy. Source: https://istio.io/latest/docs/reference/config/security/authorization-policy/ */
export const authorizationPolicySpecSchema = withRules(atMostOneOf(specFields, ['provider']), oneTargetRule);

export type AuthorizationPolicySpec = z.infer<typeof authorizationPolicySpecSchema>;
export type AuthorizationRule = z.infer<typeof ruleSchema>;
export type AuthorizationSource = z.infer<typeof sourceSchema>;
