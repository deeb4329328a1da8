import type { Proxy } from '@malla/ir';
import type { Resource } from '@malla/model';
import { describedKinds, describeWorkload, type WorkloadDescription } from '@malla/resolve';
import { applyChanges, compareAge, type MeshWorkload } from '@malla/snapshot';
import type { ResourceReads } from '../resources/resource-reads.ts';
import type { KnownWorkload, KnownWorkloads, WorkloadSource } from './known-workloads.ts';
import type { MeshState } from './mesh-state.ts';

/** A workload as lists show it. */
export interface WorkloadSummary {
  readonly name: string;
  readonly namespace: string;
  readonly source: WorkloadSource;
  readonly serviceAccount: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a workload runs with. */
export interface EffectiveConfiguration extends WorkloadDescription {
  readonly workload: WorkloadSummary;
  /** State of the store that it was read from. */
  readonly revision: number;
}

export interface WorkloadDescriptionsParams {
  readonly reads: ResourceReads;
  readonly mesh: MeshState;
  readonly workloads: KnownWorkloads;
}

/** The effective configuration of workloads, for both faces of the API. */
export class WorkloadDescriptions {
  readonly #params: WorkloadDescriptionsParams;

  constructor(params: WorkloadDescriptionsParams) {
    this.#params = params;
  }

  /** Workloads of a namespace, by name. Throws `unavailable` when registrations cannot be read. */
  async list(namespace: string): Promise<readonly WorkloadSummary[]> {
    const { reads, mesh, workloads } = this.#params;
    await reads.refresh();
    return (await workloads.list(mesh.snapshot, namespace)).map(summaryOf);
  }

  /** Throws `not_found` for a workload that nobody knows. */
  async effective(namespace: string, name: string): Promise<EffectiveConfiguration> {
    const { reads, mesh, workloads } = this.#params;
    await reads.refresh();
    const known = await workloads.find(mesh.snapshot, namespace, name);
    const { workload } = known;
    // Named ports of services are looked up in what the workload tells of itself.
    const snapshot = applyChanges(mesh.snapshot, { workloads: { upserts: [workload] } });
    const description = describeWorkload({ snapshot, proxy: proxyOf(workload), objects: this.#objects() });
    return { workload: summaryOf(known), revision: reads.mirror.revision, ...description };
  }

  #objects(): readonly Resource[] {
    return describedKinds.flatMap((name) => {
      const [group = '', kind = ''] = name.split('/');
      return [...this.#params.reads.mirror.objects(group, kind)].sort(compareAge);
    });
  }
}

function summaryOf({ source, workload }: KnownWorkload): WorkloadSummary {
  const { name, namespace, serviceAccount, labels } = workload;
  return { name, namespace, source, serviceAccount, labels };
}

/** The proxy in front of a workload, as far as its configuration depends on it. */
function proxyOf({ name, namespace, serviceAccount, labels, cluster, network, locality }: MeshWorkload): Proxy {
  return {
    id: `${name}.${namespace}`,
    role: 'sidecar',
    dataPlane: 'builtin',
    namespace,
    serviceAccount,
    workload: name,
    labels,
    cluster,
    network,
    locality,
    version: '',
    features: [],
    interception: { mode: 'REDIRECT' },
  };
}
