export {
  KubeRegistry,
  type EventCounts,
  type KubeRegistryOptions,
  type RegistryFigures,
  type RegistryResult,
} from './kube-registry.ts';
export {
  registryKinds,
  type AnyObjectChanges,
  type ObjectChanges,
  type ObjectName,
  type RegistryKind,
  type RegistryObjects,
} from './kube-objects.ts';
