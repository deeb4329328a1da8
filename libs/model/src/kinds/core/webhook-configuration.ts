import { z } from 'zod';
import { labelSelectorSchema } from '../../label-selector.ts';
import { objectNameSchema, qualifiedNameSchema } from '../../metadata.ts';
import { int32, mergeList } from '../../schema/structural.ts';
import { bytes, port } from './values.ts';

const someTexts = (what: string) => z.array(z.string()).min(1).describe(what);

const webhookFields = {
  name: objectNameSchema
    .refine((name) => name.split('.').length > 2, { error: 'must be a domain of at least three parts' })
    .describe('Full name, such as namespace.sidecar-injector.istio.io.'),
  clientConfig: z
    .strictObject({
      url: z.string().optional().describe('Where it is asked, as https:// URL; instead of service.'),
      service: z
        .strictObject({
          namespace: z.string().describe('Namespace of the Service.'),
          name: z.string().describe('Name of the Service.'),
          path: z.string().regex(/^\//, { error: 'must begin with "/"' }).optional().describe('Path; default /.'),
          port: port.optional().describe('Port; default 443.'),
        })
        .optional()
        .describe('Service that is asked.'),
      caBundle: bytes.optional().describe('CA certificates in PEM for its certificate; default: those of the machine.'),
    })
    .refine(({ url, service }) => (url === undefined) !== (service === undefined), {
      error: 'must have exactly one of url and service',
    })
    .describe('How it is asked.'),
  rules: z
    .array(
      z.strictObject({
        apiGroups: someTexts('API groups; * for all.'),
        apiVersions: someTexts('Versions; * for all.'),
        resources: someTexts('Kinds in plural, such as pods or pods/status; * for all.'),
        operations: z
          .array(z.enum(['*', 'CREATE', 'UPDATE', 'DELETE', 'CONNECT']))
          .min(1)
          .describe('CREATE, UPDATE, DELETE, CONNECT; * for all.'),
        scope: z
          .enum(['*', 'Cluster', 'Namespaced'])
          .optional()
          .describe('Cluster, Namespaced, or * (default) for both.'),
      }),
    )
    .optional()
    .describe('Which requests it is asked about.'),
  failurePolicy: z.enum(['Ignore', 'Fail']).optional().describe('What happens when it does not answer; default Fail.'),
  matchPolicy: z
    .enum(['Exact', 'Equivalent'])
    .optional()
    .describe('Whether other versions count too; default Equivalent.'),
  namespaceSelector: labelSelectorSchema.optional().describe('Labels of the namespaces it is for; default: all.'),
  objectSelector: labelSelectorSchema.optional().describe('Labels of the objects it is for; default: all.'),
  sideEffects: z
    .enum(['None', 'NoneOnDryRun'])
    .describe('Whether it changes anything else: never, or not when the request is only tried out.'),
  timeoutSeconds: int32().min(1).max(30).optional().describe('Seconds to wait for its answer; default 10.'),
  admissionReviewVersions: z
    .array(z.string())
    .min(1)
    .describe('Versions of AdmissionReview that it knows, such as v1.'),
  matchConditions: mergeList(
    z
      .array(
        z.strictObject({
          name: qualifiedNameSchema.describe('Name of the condition.'),
          expression: z.string().describe('CEL over object, oldObject, request and authorizer.'),
        }),
      )
      .max(64),
    ['name'],
  )
    .optional()
    .describe('Further conditions; all must hold.'),
};

const webhooks = <W extends z.ZodType>(webhook: W) =>
  mergeList(z.array(webhook), ['name']).optional().describe('Who is asked.');

const mutatingWebhook = z.strictObject({
  ...webhookFields,
  reinvocationPolicy: z
    .enum(['Never', 'IfNeeded'])
    .optional()
    .describe('Whether it is asked again after others made changes; default Never.'),
});

/** admissionregistration.k8s.io/v1 MutatingWebhookConfiguration: who may change objects on their way in, such as sidecar injection. */
export const mutatingWebhookFields = { webhooks: webhooks(mutatingWebhook) };

export type MutatingWebhook = z.input<typeof mutatingWebhook>;

const validatingWebhook = z.strictObject(webhookFields);

/** admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration: who may refuse objects. */
export const validatingWebhookFields = { webhooks: webhooks(validatingWebhook) };

export type ValidatingWebhook = z.input<typeof validatingWebhook>;
