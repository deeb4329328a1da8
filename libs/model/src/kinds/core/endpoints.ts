import { z } from 'zod';
import { dnsLabelSchema, objectNameSchema } from '../../metadata.ts';
import { duplicatesAllowed, int32, setList } from '../../schema/structural.ts';
import { objectReference } from './references.ts';
import { appProtocol, ipAddress, port, transport } from './values.ts';

/** Name of a port; empty for a single one. */
const portLabel = z.union([z.literal(''), dnsLabelSchema], { error: 'must be a DNS label or empty' });

const endpointAddress = z
  .strictObject({
    ip: ipAddress.describe('The address; not of this machine, the link or a group.'),
    hostname: dnsLabelSchema.optional().describe('DNS name of the endpoint below that of the service.'),
    nodeName: objectNameSchema.optional().describe('Node that it is on.'),
    targetRef: objectReference.optional().describe('What is there, such as a Pod.'),
  })
  .meta({ 'x-kubernetes-map-type': 'atomic' });

/** Core v1 Endpoints: addresses behind a Service of the same name. EndpointSlice came after it. */
export const endpointsFields = {
  subsets: z
    .array(
      z.strictObject({
        addresses: z.array(endpointAddress).optional().describe('Endpoints that are ready.'),
        notReadyAddresses: z.array(endpointAddress).optional().describe('Endpoints that are not ready.'),
        ports: z
          .array(
            z
              .strictObject({
                name: portLabel.optional().describe('Name of the port of the service; required with several ports.'),
                port: port.describe('Port on the addresses.'),
                protocol: transport.optional().describe('TCP (default), UDP or SCTP.'),
                appProtocol: appProtocol.optional(),
              })
              .meta({ 'x-kubernetes-map-type': 'atomic' }),
          )
          .optional()
          .describe('Ports of all addresses of the set.'),
      }),
    )
    .optional()
    .describe('Addresses with the same ports.'),
};

const endpoint = z.strictObject({
  addresses: setList(z.array(z.string()).min(1).max(100))
    .meta({ [duplicatesAllowed]: true })
    .describe('Addresses of the one endpoint; the first counts.'),
  conditions: z
    .strictObject({
      ready: z.boolean().optional().describe('Whether it takes requests; missing means yes.'),
      serving: z.boolean().optional().describe('As ready, but also while it ends.'),
      terminating: z.boolean().optional().describe('Whether it is ending.'),
    })
    .optional()
    .describe('State of the endpoint.'),
  hostname: dnsLabelSchema.optional().describe('DNS name of the endpoint below that of the service.'),
  targetRef: objectReference.optional().describe('What is there, such as a Pod.'),
  deprecatedTopology: z.record(z.string(), z.string()).optional().describe('Labels of its node, as v1beta1 had them.'),
  nodeName: objectNameSchema.optional().describe('Node that it is on.'),
  zone: z.string().optional().describe('Zone that it is in.'),
  hints: z
    .strictObject({
      forZones: z
        .array(z.strictObject({ name: z.string().describe('Name of the zone.') }))
        .max(8)
        .optional()
        .describe('Zones whose clients should use it.'),
      forNodes: z
        .array(z.strictObject({ name: z.string().describe('Name of the node.') }))
        .max(8)
        .optional()
        .describe('Nodes whose clients should use it.'),
    })
    .optional()
    .describe('Which clients should use it.'),
});

/** discovery.k8s.io EndpointSlice: some of the endpoints of a Service, which its label kubernetes.io/service-name names. */
export const endpointSliceFields = {
  addressType: z.enum(['IPv4', 'IPv6', 'FQDN']).describe('What all addresses of the slice are; cannot be changed.'),
  endpoints: z.array(endpoint).max(1000).optional().describe('The endpoints.'),
  ports: z
    .array(
      z
        .strictObject({
          name: portLabel.optional().describe('Name of the port of the service; empty for a single one.'),
          protocol: transport.optional().describe('TCP (default), UDP or SCTP.'),
          port: int32().min(0).max(65535).optional().describe('Port on the addresses; missing: all of them.'),
          appProtocol: appProtocol.optional(),
        })
        .meta({ 'x-kubernetes-map-type': 'atomic' }),
    )
    .max(100)
    .optional()
    .describe('Ports of all endpoints of the slice.'),
};
