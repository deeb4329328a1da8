import { defineKind, type KindDefinition, type Typed } from '../kind-definition.ts';
import { istioStatusSchema } from '../istio-type/istio-status.ts';
import { trafficExtensionSpecSchema, type TrafficExtensionSpec } from './traffic-extension.ts';
import { wasmPluginSpecSchema, type WasmPluginSpec } from './wasm-plugin.ts';

const group = 'extensions.istio.io';
const common = { group, categories: ['istio-io', 'extensions-istio-io'], versions: ['v1alpha1'] } as const;

/** Kinds of extensions.istio.io. */
export const extensionsKinds: readonly KindDefinition[] = [
  defineKind({
    ...common,
    kind: 'WasmPlugin',
    plural: 'wasmplugins',
    payload: {
      spec: wasmPluginSpecSchema.describe('A filter of WebAssembly in the proxies of workloads.'),
      status: istioStatusSchema,
    },
    source: 'https://istio.io/latest/docs/reference/config/proxy_extensions/wasm-plugin/',
  }),
  defineKind({
    ...common,
    kind: 'TrafficExtension',
    plural: 'trafficextensions',
    payload: {
      spec: trafficExtensionSpecSchema.describe('A filter of WebAssembly or Lua in the proxies of workloads.'),
      status: istioStatusSchema,
    },
    source: 'https://istio.io/latest/docs/reference/config/proxy_extensions/traffic_extension/',
  }),
];

export type WasmPlugin = Typed<typeof group, 'WasmPlugin', WasmPluginSpec>;
export type TrafficExtension = Typed<typeof group, 'TrafficExtension', TrafficExtensionSpec>;

/** Any object of extensions.istio.io. */
export type ExtensionsResource = WasmPlugin | TrafficExtension;
