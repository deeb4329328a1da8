import { z } from 'zod';
import { int32 } from '../../schema/structural.ts';
import { workloadSelectorSchema } from '../istio-type/workload-selector.ts';

/** Which image the proxy's container has. */
export const proxyImageSchema = z.strictObject({
  imageType: z.string().optional().describe('Kind of the image: default, debug, distroless, or one’s own.'),
});

/** networking.istio.io ProxyConfig: what proxies start with. Source: https://istio.io/latest/docs/reference/config/networking/proxy-config/ */
export const proxyConfigSpecSchema = z.strictObject({
  selector: workloadSelectorSchema
    .optional()
    .describe('Workloads it is for; without one: all of the namespace, or of the mesh in the root namespace.'),
  concurrency: int32()
    .min(0)
    .nullish()
    .describe('Worker threads of the proxy; default: by its CPU limit. 0: one for each core.'),
  environmentVariables: z
    .record(z.string(), z.string().max(2048))
    .optional()
    .describe('Environment variables of the proxy, by name; ISTIO_META_ ones are told to the control plane.'),
  image: proxyImageSchema.optional().describe('The proxy’s image.'),
});

export type ProxyConfigSpec = z.infer<typeof proxyConfigSpecSchema>;
