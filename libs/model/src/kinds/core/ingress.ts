import { z } from 'zod';
import { dnsLabelSchema, objectNameSchema } from '../../metadata.ts';
import { ingressLoadBalancerStatus } from './load-balancer-status.ts';
import { typedLocalObjectReference } from './references.ts';
import { hostOrWildcard, pathSegment, port, portName, serviceName } from './values.ts';

const backend = z.strictObject({
  service: z
    .strictObject({
      name: serviceName.describe('Name of the Service, in the same namespace.'),
      port: z
        .strictObject({
          name: portName.optional().describe('Name of the port.'),
          number: port.optional().describe('Number of the port.'),
        })
        .meta({ 'x-kubernetes-map-type': 'atomic' })
        .optional()
        .describe('Port by name or by number.'),
    })
    .optional()
    .describe('A Service.'),
  resource: typedLocalObjectReference.optional().describe('Another object of the namespace, instead of a Service.'),
});

const ingressRule = z.strictObject({
  host: hostOrWildcard
    .refine((host) => !z.ipv4().safeParse(host).success, { error: 'must be a DNS name, not an IP address' })
    .optional()
    .describe('Host of requests; its first label may be `*`. Default: any.'),
  http: z
    .strictObject({
      paths: z
        .array(
          z.strictObject({
            path: z.string().optional().describe('Path; default: any.'),
            pathType: z
              .enum(['Exact', 'Prefix', 'ImplementationSpecific'])
              .describe('How path is meant; a prefix ends at a `/` of the path.'),
            backend: backend.describe('Where requests go.'),
          }),
        )
        .min(1)
        .describe('Paths; the longest that matches counts.'),
    })
    .optional()
    .describe('Paths of the host.'),
});

/** networking.k8s.io Ingress: hosts and paths from outside, and the Services behind them. */
export const ingressSpecSchema = z.strictObject({
  ingressClassName: objectNameSchema
    .optional()
    .describe('The IngressClass, which names the controller; default: the default class of the cluster.'),
  defaultBackend: backend.optional().describe('Where requests go that no rule takes.'),
  tls: z
    .array(
      z.strictObject({
        hosts: z.array(hostOrWildcard).optional().describe('Hosts of the certificate; default: any.'),
        secretName: objectNameSchema.optional().describe('Secret with the certificate.'),
      }),
    )
    .optional()
    .describe('Certificates; the port is 443.'),
  rules: z.array(ingressRule).optional().describe('Hosts and their paths.'),
});

export type IngressSpec = z.input<typeof ingressSpecSchema>;

export const ingressStatusSchema = z.strictObject({
  loadBalancer: ingressLoadBalancerStatus.optional().describe('Where it is reached.'),
});

export type IngressStatus = z.input<typeof ingressStatusSchema>;

/** networking.k8s.io IngressClass: a kind of Ingresses that one controller takes care of. */
export const ingressClassSpecSchema = z.strictObject({
  controller: z
    .string()
    .max(250)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[-A-Za-z0-9._~%!$&'()*+,;=:/]+$/, {
      error: 'must be a domain and a path such as istio.io/ingress-controller',
    })
    .describe('The controller, as a domain and a path such as istio.io/ingress-controller; cannot be changed.'),
  parameters: z
    .strictObject({
      apiGroup: objectNameSchema.optional().describe('API group; default: the core group.'),
      kind: pathSegment.describe('Kind.'),
      name: pathSegment.describe('Name.'),
      namespace: dnsLabelSchema.optional().describe('Namespace, with scope Namespace.'),
      scope: z.enum(['Cluster', 'Namespace']).optional().describe('Whether it is in a namespace; default Cluster.'),
    })
    .refine(({ scope, namespace }) => (scope === 'Namespace') === (namespace !== undefined), {
      path: ['namespace'],
      error: 'belongs to scope Namespace: both or neither',
    })
    .optional()
    .describe('An object with settings of the controller for this class.'),
});

export type IngressClassSpec = z.input<typeof ingressClassSpecSchema>;
