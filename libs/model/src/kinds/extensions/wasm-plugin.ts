import { z } from 'zod';
import { withRules } from '../../schema/kubernetes-schema.ts';
import { int32 } from '../../schema/structural.ts';
import { oneTargetRule, policyTargets, targetRefField } from '../istio-type/policy-target.ts';
import { trafficSelectorSchema } from './traffic-selector.ts';
import { moduleUrl, moduleUrlDescription, wasmFields } from './wasm-config.ts';

/** extensions.istio.io WasmPlugin. Source: https://istio.io/latest/docs/reference/config/proxy_extensions/wasm-plugin/ */
export const wasmPluginSpecSchema = withRules(
  z.strictObject({
    ...policyTargets,
    targetRef: targetRefField,
    url: moduleUrl('"", "http", "https", "oci", "file"').describe(moduleUrlDescription),
    ...wasmFields,
    phase: z
      .enum(['UNSPECIFIED_PHASE', 'AUTHN', 'AUTHZ', 'STATS'])
      .optional()
      .describe('Where it stands: before authentication, before authorization, before metrics, or last (default).'),
    priority: int32().nullish().describe('Order in one phase, highest first; default 0.'),
    match: z
      .array(trafficSelectorSchema)
      .optional()
      .describe('Traffic that passes it, one of which must match; default: all.'),
  }),
  oneTargetRule,
);

export type WasmPluginSpec = z.infer<typeof wasmPluginSpecSchema>;
