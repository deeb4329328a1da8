import type {
  ApiKeyPolicy,
  AuthorizationPolicy,
  Gateway,
  KnownResource,
  MeshConfig,
  Namespace,
  PeerAuthentication,
  RateLimit,
  Secret,
  Telemetry,
  VirtualService,
  ServiceEntry,
} from '@malla/model';
import type { DestinationRuleBucket } from './destination-rules.ts';
import { emptyHostIndex, type HostIndex } from './host-index.ts';
import { defaultMeshOptions, type MeshOptions } from './mesh-options.ts';
import { PersistentMap } from './persistent-map.ts';
import type { MeshService } from './service.ts';
import type { MeshWorkload } from './workload.ts';

/** The workloads behind one service. */
export interface WorkloadSet {
  /** Sorted by name. */
  readonly workloads: readonly MeshWorkload[];
  /** Their service accounts, sorted, each once; keeps its identity while only instances come and go. */
  readonly serviceAccounts: readonly string[];
}

/**
 * Everything that the mesh knows at one moment, indexed. Never changed: `applyChanges` makes a new one in which every object and index entry
 * that a change did not touch is the identical object, so identity tells what changed.
 */
export interface MeshSnapshot {
  /** The options that hold: those of the start, and above them the MeshConfig. */
  readonly mesh: MeshOptions;
  /** The options of the start. */
  readonly startOptions: MeshOptions;
  /** Oldest first: the first counts. */
  readonly meshConfigs: readonly MeshConfig[];
  /** Every resource by key text. */
  readonly resources: PersistentMap<KnownResource>;
  readonly namespaces: PersistentMap<Namespace>;
  /** By host. */
  readonly services: PersistentMap<MeshService>;
  /** Sorted by host. */
  readonly serviceList: readonly MeshService[];
  /** `<namespace>|<label>=<value>` to the services whose selector's first label it is. */
  readonly servicesBySelector: PersistentMap<readonly MeshService[]>;
  /** By service host; only services with a selector or with EndpointSlices have one. */
  readonly workloadSets: PersistentMap<WorkloadSet>;
  /** Effective workloads by `<namespace>/<name>`: of one name a Pod counts before a live registration, and that before a WorkloadEntry. */
  readonly workloads: PersistentMap<MeshWorkload>;
  readonly liveWorkloads: PersistentMap<MeshWorkload>;
  readonly entryWorkloads: PersistentMap<MeshWorkload>;
  /** Of the Kubernetes cluster. */
  readonly pods: PersistentMap<MeshWorkload>;
  /** Of the Kubernetes cluster, by host; one counts before a Service resource of its name. */
  readonly kubernetesServices: PersistentMap<MeshService>;
  /** What EndpointSlices list, by service host; sorted by name. */
  readonly listedEndpoints: PersistentMap<readonly MeshWorkload[]>;
  /** Namespace to its workloads by name. */
  readonly workloadsByNamespace: PersistentMap<PersistentMap<MeshWorkload>>;
  /** VirtualServices for `mesh` by host, oldest first; one partition for all. */
  readonly virtualServices: HostIndex<readonly VirtualService[]>;
  /** Gateways of the whole mesh, oldest first. */
  readonly gateways: readonly Gateway[];
  /** `<namespace>/<name>` of a Gateway to the VirtualServices for it, oldest first. */
  readonly gatewayVirtualServices: PersistentMap<readonly VirtualService[]>;
  /** ServiceEntries by host, oldest first. */
  readonly serviceEntries: PersistentMap<readonly ServiceEntry[]>;
  /** DestinationRules by host, one partition for each namespace. */
  readonly destinationRules: HostIndex<DestinationRuleBucket>;
  /** By namespace, oldest first. */
  readonly peerAuthentications: PersistentMap<readonly PeerAuthentication[]>;
  /** By namespace, oldest first. */
  readonly authorizationPolicies: PersistentMap<readonly AuthorizationPolicy[]>;
  /** By namespace, oldest first. */
  readonly rateLimits: PersistentMap<readonly RateLimit[]>;
  /** By namespace, oldest first. */
  readonly apiKeyPolicies: PersistentMap<readonly ApiKeyPolicy[]>;
  /** By namespace, oldest first. */
  readonly telemetries: PersistentMap<readonly Telemetry[]>;
  /** By `<namespace>/<name>`. */
  readonly secrets: PersistentMap<Secret>;
  /** How many VirtualServices name a label key in sourceLabels. */
  readonly sourceLabelUses: PersistentMap<number>;
  /** Those keys, sorted: the labels of a client that its outbound configuration can depend on. */
  readonly sourceLabelKeys: readonly string[];
}

/** A snapshot of a mesh with nothing in it. Options left out are Istio's defaults. */
export function emptySnapshot(options: Partial<MeshOptions> = {}): MeshSnapshot {
  const mesh = { ...defaultMeshOptions, ...options };
  return {
    mesh,
    startOptions: mesh,
    meshConfigs: [],
    resources: PersistentMap.empty(),
    namespaces: PersistentMap.empty(),
    services: PersistentMap.empty(),
    serviceList: [],
    servicesBySelector: PersistentMap.empty(),
    workloadSets: PersistentMap.empty(),
    workloads: PersistentMap.empty(),
    liveWorkloads: PersistentMap.empty(),
    entryWorkloads: PersistentMap.empty(),
    pods: PersistentMap.empty(),
    kubernetesServices: PersistentMap.empty(),
    listedEndpoints: PersistentMap.empty(),
    workloadsByNamespace: PersistentMap.empty(),
    virtualServices: emptyHostIndex(),
    gateways: [],
    gatewayVirtualServices: PersistentMap.empty(),
    serviceEntries: PersistentMap.empty(),
    destinationRules: emptyHostIndex(),
    peerAuthentications: PersistentMap.empty(),
    authorizationPolicies: PersistentMap.empty(),
    rateLimits: PersistentMap.empty(),
    apiKeyPolicies: PersistentMap.empty(),
    telemetries: PersistentMap.empty(),
    secrets: PersistentMap.empty(),
    sourceLabelUses: PersistentMap.empty(),
    sourceLabelKeys: [],
  };
}
