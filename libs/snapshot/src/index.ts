// The snapshot and how it changes
export { emptySnapshot, type MeshSnapshot, type WorkloadSet } from './snapshot.ts';
export { applyChanges, type KubernetesChanges, type SnapshotChanges } from './apply-changes.ts';
export {
  defaultMeshOptions,
  type DefaultProviders,
  type DefaultRetry,
  type MeshOptions,
  type MeshTracing,
  type NamedProvider,
} from './mesh-options.ts';
export { keyText, namespacedKey, resourceKeyOf, type ResourceKey } from './resource-key.ts';
// What is in it
export { meshServiceOf, type MeshService, type MeshServicePort } from './service.ts';
export { sameWorkload, type MeshWorkload, type WorkloadKey } from './workload.ts';
export { type DestinationRuleBucket, type MergedDestinationRule } from './destination-rules.ts';
export { bucketsFor, hostOfKey, type HostIndex } from './host-index.ts';
// What a proxy sees of it
export { scopeKey, scopeOf } from './scope.ts';
export { patternsOf, viewOf, type ProxyView } from './view.ts';
export { workloadPort } from './workload-ports.ts';
export { servicesOfWorkload } from './services-of-workload.ts';
// Rules of names, labels and age
export { expandHost, hostMatches, isVisible, isWildcard } from './hosts.ts';
export { sameLabels, selects, type Labels } from './selector.ts';
export { gatewayName, meshGateway } from './gateways.ts';
export { compareAge } from './age.ts';
export { changedKeys, PersistentMap } from './persistent-map.ts';
