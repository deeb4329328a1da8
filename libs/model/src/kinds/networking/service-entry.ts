import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { mapList } from '../../schema/structural.ts';
import { portByRule } from '../istio-type/numbers.ts';
import { networkingSelectorSchema } from '../istio-type/workload-selector.ts';
import { exportToSchema } from './export-to.ts';
import { workloadEntrySpecSchema } from './workload-entry.ts';

const host = withRules(z.string(), { rule: 'self != "*"', message: 'hostname cannot be wildcard' });

const portSchema = z.strictObject({
  number: portByRule().describe('Port that clients call.'),
  name: z.string().max(256).describe('Name, unique in the entry.'),
  protocol: z
    .string()
    .max(256)
    .optional()
    .describe('HTTP, HTTPS, GRPC, HTTP2, MONGO, TCP or TLS (by server name, not decrypted); default: found out.'),
  targetPort: portByRule().optional().describe('Port of the endpoints; default: number.'),
});

const ports = withRules(mapList(z.array(portSchema).max(256), 'name'), {
  rule: 'self.all(l1, self.exists_one(l2, l1.number == l2.number))',
  message: 'port number cannot be duplicated',
});

const specFields = z.strictObject({
  hosts: z
    .array(host)
    .min(1)
    .max(256)
    .describe('Names of the service: Host header, or server name with TLS. *.suffix where no name has to be resolved.'),
  addresses: z
    .array(z.string().max(64))
    .max(256)
    .optional()
    .describe('Virtual IP addresses or CIDR blocks that clients call; default: the mesh gives one out.'),
  ports: ports.optional().describe('Ports that clients call.'),
  location: z
    .enum(['MESH_EXTERNAL', 'MESH_INTERNAL'])
    .optional()
    .describe('MESH_EXTERNAL: outside of the mesh (default), no mutual TLS by itself. MESH_INTERNAL: part of it.'),
  resolution: z
    .enum(['NONE', 'STATIC', 'DNS', 'DNS_ROUND_ROBIN', 'DYNAMIC_DNS'])
    .optional()
    .describe(
      'How addresses are found. NONE: the one that was called (default). STATIC: endpoints. DNS: all addresses of the names. DNS_ROUND_ROBIN: the first one for each connection. DYNAMIC_DNS: by the request’s host.',
    ),
  endpoints: z
    .array(workloadEntrySpecSchema)
    .max(4096)
    .optional()
    .describe('Instances of the service; not with workloadSelector.'),
  workloadSelector: networkingSelectorSchema
    .optional()
    .describe('Instances by label: workloads of the namespace. For MESH_INTERNAL; not with endpoints.'),
  exportTo: exportToSchema,
  subjectAltNames: z
    .array(z.string())
    .optional()
    .describe('Names of which the certificate of an instance must have one, besides those of its service accounts.'),
});

/** networking.istio.io ServiceEntry: a service that no platform has registered. Source: https://istio.io/latest/docs/reference/config/networking/service-entry/ */
export const serviceEntrySpecSchema = withRules(
  specFields,
  {
    rule: '(has(self.workloadSelector) ? 1 : 0) + (has(self.endpoints) ? 1 : 0) <= 1',
    message: 'only one of WorkloadSelector or Endpoints can be set',
  },
  {
    rule: '!((has(self.addresses) ? self.addresses : []).exists(k, k.contains("/")) && !((has(self.resolution) ? self.resolution : "NONE") in ["STATIC", "NONE"]))',
    message: 'CIDR addresses are allowed only for NONE/STATIC resolution types',
  },
  {
    rule: '((has(self.resolution) ? self.resolution : "NONE") == "NONE") ? !has(self.endpoints) : true',
    message: 'NONE mode cannot set endpoints',
  },
  {
    rule: '((has(self.resolution) ? self.resolution : "") == "DNS_ROUND_ROBIN") ? ((has(self.endpoints) ? self.endpoints : []).size() <= 1) : true',
    message: 'DNS_ROUND_ROBIN mode cannot have multiple endpoints',
  },
);

export type ServiceEntrySpec = z.infer<typeof serviceEntrySpecSchema>;
export type ServiceEntryPort = z.infer<typeof portSchema>;
