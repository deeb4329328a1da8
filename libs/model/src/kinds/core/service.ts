import { z } from 'zod';
import { conditionSchema } from '../gateway-api/conditions.ts';
import { dnsLabelSchema, labelsSchema, qualifiedNameSchema } from '../../metadata.ts';
import { int32, mergeList } from '../../schema/structural.ts';
import { loadBalancerStatus } from './load-balancer-status.ts';
import { addressRange, appProtocol, ipAddress, port, portNumberOrName, protocol } from './values.ts';

const clusterAddress = z.union([z.literal(''), z.literal('None'), z.ipv4(), z.ipv6()], {
  error: 'must be an IPv4 or IPv6 address, None or empty',
});

/** A host name in lower case; it may end in a dot. */
const externalHost = z
  .string()
  .max(254)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\.?$/, {
    error: 'must be a host name in lower case',
  });

const servicePort = z.strictObject({
  name: dnsLabelSchema
    .optional()
    .describe(
      'Required with several ports. Its part before the first dash is the protocol (http, http2, grpc, tcp) unless appProtocol says it.',
    ),
  protocol,
  appProtocol: appProtocol.optional(),
  port: port.describe('Port that clients call.'),
  targetPort: portNumberOrName
    .optional()
    .describe('Port of the workloads, or its name in their registration; default: port.'),
  nodePort: int32()
    .min(0)
    .max(65535)
    .optional()
    .describe('For NodePort and LoadBalancer: the port on each node; default: the server chooses one.'),
});

const trafficPolicy = z.enum(['Cluster', 'Local']);

/** Core v1 Service. */
export const serviceSpecSchema = z.strictObject({
  type: z
    .enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'])
    .optional()
    .describe(
      'How it is reached: inside (ClusterIP, the default), on each node, from outside, or as another DNS name.',
    ),
  selector: labelsSchema
    .meta({ 'x-kubernetes-map-type': 'atomic' })
    .optional()
    .describe(
      'Labels of the workloads behind the service; all must match. Without it somebody else keeps its endpoints.',
    ),
  ports: mergeList(z.array(servicePort), ['port', 'protocol'])
    .optional()
    .describe('Ports that clients call. Required, but for ExternalName and headless services.'),
  clusterIP: clusterAddress
    .optional()
    .describe('Virtual address, where traffic is intercepted; None for a headless service: clients see the workloads.'),
  clusterIPs: z
    .array(clusterAddress)
    .max(2)
    .optional()
    .describe('Virtual addresses, of IPv4 and IPv6 at most one each; the first is clusterIP.'),
  ipFamilies: z
    .array(z.enum(['IPv4', 'IPv6']))
    .max(2)
    .optional()
    .describe('Families of the virtual addresses.'),
  ipFamilyPolicy: z
    .enum(['SingleStack', 'PreferDualStack', 'RequireDualStack'])
    .optional()
    .describe('How many families; default SingleStack.'),
  externalIPs: z.array(ipAddress).optional().describe('Further addresses at which nodes take its traffic.'),
  externalName: externalHost.optional().describe('For ExternalName: the DNS name that the service stands for.'),
  externalTrafficPolicy: trafficPolicy
    .optional()
    .describe('Where traffic from outside goes: Cluster (default), or Local: only to workloads of the node.'),
  internalTrafficPolicy: trafficPolicy
    .optional()
    .describe('Where traffic from inside goes: Cluster (default), or Local: only to workloads of the node.'),
  trafficDistribution: z
    .enum(['PreferClose', 'PreferSameZone', 'PreferSameNode'])
    .optional()
    .describe('PreferClose, PreferSameZone or PreferSameNode: near endpoints first. Default: all alike.'),
  sessionAffinity: z
    .enum(['ClientIP', 'None'])
    .optional()
    .describe('ClientIP: a client keeps its workload. Default None.'),
  sessionAffinityConfig: z
    .strictObject({
      clientIP: z
        .strictObject({
          timeoutSeconds: int32()
            .min(1)
            .max(86400)
            .optional()
            .describe('Seconds for which a client keeps its workload; default 10800 (three hours).'),
        })
        .optional()
        .describe('For ClientIP.'),
    })
    .optional()
    .describe('Details of sessionAffinity.'),
  publishNotReadyAddresses: z
    .boolean()
    .optional()
    .describe('Whether workloads count that are not ready; default false.'),
  loadBalancerClass: qualifiedNameSchema.optional().describe('For LoadBalancer: who provides it; default: the cloud.'),
  loadBalancerIP: z.string().optional().describe('For LoadBalancer: the address asked for. Deprecated.'),
  loadBalancerSourceRanges: z
    .array(addressRange)
    .optional()
    .describe('For LoadBalancer: ranges of client addresses (CIDR) that may call; default: all.'),
  allocateLoadBalancerNodePorts: z
    .boolean()
    .optional()
    .describe('For LoadBalancer: whether ports of nodes are taken for it; default true.'),
  healthCheckNodePort: int32()
    .min(0)
    .max(65535)
    .optional()
    .describe(
      'For LoadBalancer with externalTrafficPolicy Local: the port of health checks; default: the server chooses.',
    ),
});

export type ServiceSpec = z.input<typeof serviceSpecSchema>;

export const serviceStatusSchema = z.strictObject({
  loadBalancer: loadBalancerStatus.optional().describe('For LoadBalancer: where it is reached.'),
  conditions: mergeList(z.array(conditionSchema), ['type']).optional().describe('What controllers found out.'),
});

export type ServiceStatus = z.input<typeof serviceStatusSchema>;
