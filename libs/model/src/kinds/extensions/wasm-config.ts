import { z } from 'zod';
import { anyObject, withRules } from '../../schema/kubernetes-schema.ts';
import { mapList } from '../../schema/structural.ts';

const environmentVariable = withRules(
  z.strictObject({
    name: z.string().min(1).max(256).describe('Name of the variable.'),
    valueFrom: z
      .enum(['INLINE', 'HOST'])
      .optional()
      .describe('INLINE: from value (default). HOST: from the proxy’s environment.'),
    value: z.string().max(2048).optional().describe('The value, with INLINE.'),
  }),
  {
    rule: '(has(self.valueFrom) ? self.valueFrom : "") != "HOST" || !has(self.value)',
    message: 'value may only be set when valueFrom is INLINE',
  },
);

/** Where a module of WebAssembly may come from; Istio writes the same rule in two ways. */
export const moduleUrl = (schemes: string): z.ZodString =>
  withRules(z.string().min(1), {
    rule: `isURL(self) ? (url(self).getScheme() in [${schemes}]) : (isURL("http://" + self) && url("http://" + self).getScheme() in [${schemes}])`,
    message: 'url must have schema one of [http, https, file, oci]',
  });

/** What WasmPlugin and TrafficExtension say of a module, besides its URL. */
export const wasmFields = {
  sha256: z
    .string()
    .regex(/(^$|^[a-f0-9]{64}$)/)
    .optional()
    .describe('SHA-256 that the module or image must have, in hex.'),
  imagePullPolicy: z
    .enum(['UNSPECIFIED_POLICY', 'IfNotPresent', 'Always'])
    .optional()
    .describe('When to fetch: once, or each time it is used. Default IfNotPresent, Always for the tag latest.'),
  imagePullSecret: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .describe('Secret of the same namespace with credentials of the image’s registry.'),
  verificationKey: z.string().optional().describe('Key for signatures of images. Has no effect.'),
  pluginConfig: anyObject().optional().describe('Configuration that the module gets, as JSON.'),
  pluginName: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe('Name of the plugin in the module (its root id), where the module has several.'),
  failStrategy: z
    .enum(['FAIL_CLOSE', 'FAIL_OPEN', 'FAIL_RELOAD'])
    .optional()
    .describe(
      'When the module cannot be fetched or fails. FAIL_CLOSE: refuse requests (default). FAIL_OPEN: go on without it. FAIL_RELOAD: start it again.',
    ),
  vmConfig: z
    .strictObject({
      env: mapList(z.array(environmentVariable).max(256), 'name')
        .optional()
        .describe('Environment variables of the module.'),
    })
    .optional()
    .describe('The machine that the module runs in.'),
  type: z
    .enum(['UNSPECIFIED_PLUGIN_TYPE', 'HTTP', 'NETWORK'])
    .optional()
    .describe('HTTP: it sees requests (default). NETWORK: it sees bytes of connections.'),
};

/** Words for the field that {@link moduleUrl} is. */
export const moduleUrlDescription =
  'oci://image (also without the scheme), http(s)://file.wasm, or file:// at the proxy.';

/** A filter of WebAssembly. */
export const wasmConfigSchema = z.strictObject({
  url: moduleUrl('"", "http", "https", "file", "oci"').describe(moduleUrlDescription),
  ...wasmFields,
});
