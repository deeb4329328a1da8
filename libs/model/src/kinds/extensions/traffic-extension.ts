import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { int32 } from '../../schema/structural.ts';
import { atMostOneOf } from '../istio-type/one-of.ts';
import { policyTargets } from '../istio-type/policy-target.ts';
import { trafficSelectorSchema } from './traffic-selector.ts';
import { wasmConfigSchema } from './wasm-config.ts';

const fields = z.strictObject({
  ...policyTargets,
  phase: z
    .enum(['UNSPECIFIED', 'AUTHN', 'AUTHZ', 'STATS'])
    .optional()
    .describe('Where it stands: before authentication, before authorization, before metrics, or last (default).'),
  priority: int32().nullish().describe('Order in one phase, highest first; default 0.'),
  match: z
    .array(trafficSelectorSchema)
    .optional()
    .describe('Traffic that passes it, one of which must match; default: all.'),
  wasm: wasmConfigSchema.optional().describe('A filter of WebAssembly; wasm or lua is required.'),
  lua: z
    .strictObject({
      inlineCode: z
        .string()
        .min(1)
        .max(65536)
        .describe('Program with the functions envoy_on_request or envoy_on_response, at most 64 KB.'),
    })
    .optional()
    .describe('A filter in Lua; wasm or lua is required.'),
});

/** extensions.istio.io TrafficExtension. Source: https://istio.io/latest/docs/reference/config/proxy_extensions/traffic_extension/ */
export const trafficExtensionSpecSchema = withRules(
  atMostOneOf(fields, ['wasm', 'lua']),
  {
    rule: '(has(self.selector) ? 1 : 0) + (has(self.targetRefs) ? 1 : 0) <= 1',
    message: 'only one of targetRefs or selector can be set',
  },
  { rule: 'has(self.wasm) != has(self.lua)', message: 'exactly one of wasm or lua must be set' },
);

export type TrafficExtensionSpec = z.infer<typeof trafficExtensionSpecSchema>;
