import { z } from 'zod';
import { portNumberSchema, workloadSelectorSchema } from '../../metadata.ts';

const values = z.array(z.string().min(1)).min(1);
const ports = z
  .array(
    z
      .string()
      .regex(/^\d+$/, { error: 'must be a port number as a string' })
      .refine((p) => portNumberSchema.safeParse(Number(p)).success, { error: 'must be between 1 and 65535' }),
  )
  .min(1);

const sourceSchema = z.strictObject({
  principals: values
    .optional()
    .describe(
      'Identities without spiffe://, such as cluster.local/ns/shop/sa/cart; each exact, prefix*, *suffix or *.',
    ),
  notPrincipals: values.optional().describe('None of these identities.'),
  namespaces: values.optional().describe('Namespaces of the caller’s identity.'),
  notNamespaces: values.optional().describe('None of these namespaces.'),
});

const operationSchema = z.strictObject({
  methods: values.optional().describe('HTTP methods, in capitals; gRPC is always POST.'),
  notMethods: values.optional().describe('None of these methods.'),
  paths: values.optional().describe('Paths without the query; each exact, prefix*, *suffix or *.'),
  notPaths: values.optional().describe('None of these paths.'),
  ports: ports.optional().describe('Ports of the workload (the targetPort), as text.'),
  notPorts: ports.optional().describe('None of these ports.'),
});

const conditionSchema = z.strictObject({
  /** request.headers[NAME], source.principal, source.namespace or destination.port. */
  key: z.string().min(1).describe('request.headers[NAME], source.principal, source.namespace or destination.port.'),
  values: values.optional().describe('One of these must hold; values or notValues is required.'),
  notValues: values.optional().describe('None of these may hold.'),
});

const ruleSchema = z.strictObject({
  from: z
    .array(z.strictObject({ source: sourceSchema }))
    .min(1)
    .optional()
    .describe('Callers, one of which must match; default: everyone.'),
  to: z
    .array(z.strictObject({ operation: operationSchema }))
    .min(1)
    .optional()
    .describe('Operations, one of which must match; default: everything.'),
  when: z.array(conditionSchema).min(1).optional().describe('Further conditions, all of which must hold.'),
});

/** security.istio.io AuthorizationPolicy. Source: https://istio.io/latest/docs/reference/config/security/authorization-policy/ */
export const authorizationPolicySpecSchema = z.strictObject({
  selector: workloadSelectorSchema
    .optional()
    .describe('Workloads it is for; without one: all of the namespace, or of the mesh in the root namespace.'),
  action: z
    .enum(['ALLOW', 'DENY'])
    .optional()
    .describe(
      'ALLOW (default) or DENY. DENY is looked at first; once an ALLOW policy selects a workload, what none allows is denied.',
    ),
  rules: z.array(ruleSchema).optional().describe('One of these must match. ALLOW without rules allows nothing.'),
});

export type AuthorizationPolicySpec = z.infer<typeof authorizationPolicySpecSchema>;
export type AuthorizationRule = z.infer<typeof ruleSchema>;
