import { z } from 'zod';
import { stringMap } from '../istio-type/maps.ts';
import { uint32 } from '../istio-type/numbers.ts';

/** Conditions on the port, the caller and the gateway: the same in rules for HTTP, TLS and TCP. */
export const routeConditions = {
  port: uint32().optional().describe('Port that was called; not needed where the host has only one.'),
  sourceLabels: stringMap()
    .optional()
    .describe('Labels of the calling workload; chooses the proxies that get the rule. Not for gateways.'),
  sourceNamespace: z
    .string()
    .optional()
    .describe('Namespace of the calling workload; chooses the proxies that get the rule. Not for gateways.'),
  gateways: z
    .array(z.string())
    .optional()
    .describe('Gateways that the rule is for, in place of those of the whole VirtualService; mesh means sidecars.'),
};
