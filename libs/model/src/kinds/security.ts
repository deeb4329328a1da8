import { z } from 'zod';
import { portNumberSchema, workloadSelectorSchema } from '../metadata.ts';

const mutualTlsSchema = z.strictObject({ mode: z.enum(['UNSET', 'DISABLE', 'PERMISSIVE', 'STRICT']).optional() });

/** security.istio.io PeerAuthentication. Source: https://istio.io/latest/docs/reference/config/security/peer_authentication/ */
export const peerAuthenticationSpecSchema = z.strictObject({
  selector: workloadSelectorSchema.optional(),
  mtls: mutualTlsSchema.optional(),
  /** Keyed by workload port. */
  portLevelMtls: z.record(z.string().regex(/^\d+$/, { error: 'must be a port number' }), mutualTlsSchema).optional(),
});

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
  principals: values.optional(),
  notPrincipals: values.optional(),
  namespaces: values.optional(),
  notNamespaces: values.optional(),
});

const operationSchema = z.strictObject({
  methods: values.optional(),
  notMethods: values.optional(),
  paths: values.optional(),
  notPaths: values.optional(),
  ports: ports.optional(),
  notPorts: ports.optional(),
});

const conditionSchema = z.strictObject({
  /** request.headers[NAME], source.principal, source.namespace or destination.port. */
  key: z.string().min(1),
  values: values.optional(),
  notValues: values.optional(),
});

const ruleSchema = z.strictObject({
  from: z
    .array(z.strictObject({ source: sourceSchema }))
    .min(1)
    .optional(),
  to: z
    .array(z.strictObject({ operation: operationSchema }))
    .min(1)
    .optional(),
  when: z.array(conditionSchema).min(1).optional(),
});

/** security.istio.io AuthorizationPolicy. Source: https://istio.io/latest/docs/reference/config/security/authorization-policy/ */
export const authorizationPolicySpecSchema = z.strictObject({
  selector: workloadSelectorSchema.optional(),
  action: z.enum(['ALLOW', 'DENY']).optional(),
  rules: z.array(ruleSchema).optional(),
});

export type PeerAuthenticationSpec = z.infer<typeof peerAuthenticationSpecSchema>;
export type AuthorizationPolicySpec = z.infer<typeof authorizationPolicySpecSchema>;
export type AuthorizationRule = z.infer<typeof ruleSchema>;
