import { z } from 'zod';
import { mergeList, openObject } from '../../schema/structural.ts';
import { coreConditions } from './conditions.ts';

/** Core v1 Node as far as the mesh reads it: its labels (region and zone), names and addresses; the rest is kept as sent. */
export const nodeSpecSchema = openObject({
  podCIDR: z.string().optional().describe('Range of addresses of its pods.'),
  providerID: z.string().optional().describe('What the cloud calls it.'),
  unschedulable: z.boolean().optional().describe('Whether no new pods come to it; default false.'),
}).describe('The node as the cluster knows it.');

export type NodeSpec = z.input<typeof nodeSpecSchema>;

export const nodeStatusSchema = openObject({
  addresses: mergeList(
    z.array(
      openObject({
        type: z.string().describe('Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS.'),
        address: z.string().describe('The address or name.'),
      }),
    ),
    ['type'],
    { duplicates: 'allowed' },
  )
    .optional()
    .describe('Its addresses and names.'),
  conditions: coreConditions.optional(),
});

export type NodeStatus = z.input<typeof nodeStatusSchema>;
