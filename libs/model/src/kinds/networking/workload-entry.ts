import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { mapOf } from '../../schema/structural.ts';
import { portByRule, uint32 } from '../istio-type/numbers.ts';

const address = withRules(
  z.string().max(256),
  {
    rule: 'self.startsWith("unix://") ? (self.substring(7, 8) == "/" || self.substring(7, 8) == "@") : true',
    message: 'UDS must be an absolute path or abstract socket',
  },
  { rule: 'self.startsWith("unix://") ? !self.endsWith("/") : true', message: 'UDS may not be a dir' },
);

const ports = withRules(mapOf(portByRule(), 128), {
  rule: 'self.all(key, size(key) < 63 && key.matches("^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$"))',
  message: 'port name must be valid',
});

const workloadFields = z.strictObject({
  address: address
    .optional()
    .describe(
      'IPv4 or IPv6 address without a port, a host name where the service resolves names, or unix:///path. Required without network.',
    ),
  ports: ports
    .optional()
    .describe('Name of a service port to the port on the address; default: the service’s targetPort. Not for unix://.'),
  labels: mapOf(z.string(), 256).optional().describe('Labels that services select by and subsets tell apart by.'),
  network: z
    .string()
    .max(2048)
    .optional()
    .describe('Network that the instance is on; from other networks it is reached by their gateways.'),
  locality: z.string().max(2048).optional().describe('region, region/zone or region/zone/subzone.'),
  weight: uint32().optional().describe('Share of load among instances; default 1.'),
  serviceAccount: z
    .string()
    .max(253)
    .optional()
    .describe('Service account of the instance: with the namespace the identity that callers expect of it.'),
});

const noPortsWithSocket = {
  rule: '(has(self.address) ? self.address : "").startsWith("unix://") ? !has(self.ports) : true',
  message: 'UDS may not include ports',
};

/** networking.istio.io WorkloadEntry: one instance of a workload outside a platform's registry. Source: https://istio.io/latest/docs/reference/config/networking/workload-entry/ */
export const workloadEntrySpecSchema = withRules(
  workloadFields,
  { rule: 'has(self.address) || has(self.network)', message: 'Address is required' },
  noPortsWithSocket,
);

/** What the entries of a WorkloadGroup are made from: an entry that needs no address. */
export const workloadTemplateSchema = withRules(workloadFields, noPortsWithSocket);

export type WorkloadEntrySpec = z.infer<typeof workloadEntrySpecSchema>;
