// Entry point `@malla/testkit/model-proxy`
export {
  arbitraryMesh,
  arbitrarySteps,
  isBad,
  resourcesOfMesh,
  type Mesh,
  type ServiceState,
  type Step,
} from './model-mesh.ts';
export { anyBad, comparable, ModelProxy, type Held } from './model-proxy.ts';
export { DeltaModelProxy } from './delta-model-proxy.ts';
export { SotwModelProxy } from './sotw-model-proxy.ts';
export { RelayedModelProxy } from './relayed-model-proxy.ts';
