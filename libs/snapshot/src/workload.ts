import type { WorkloadEntry } from '@malla/model';
import { sameLabels, type Labels } from './selector.ts';

/** One running instance of a workload: from the live registry (as malla.registry.v1.Workload), a Pod of Kubernetes, or a WorkloadEntry. */
export interface MeshWorkload {
  /** Unique in its namespace. */
  readonly name: string;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly labels: Labels;
  /** IPv4 or IPv6 addresses peers reach it at; the first is preferred. */
  readonly addresses: readonly string[];
  /** Service port name (or target port number as text) to the port peers connect to. */
  readonly ports: Readonly<Record<string, number>>;
  readonly network: string;
  /** region/zone/subzone, possibly empty. */
  readonly locality: string;
  readonly cluster: string;
  /** Load-balancing weight, at least 1. */
  readonly weight: number;
  /** The proxy in front of it takes mutual TLS. */
  readonly mutualTls: boolean;
  /** False: known, but out of rotation. */
  readonly healthy: boolean;
  /** What it is an instance of, as telemetry shows it: the Deployment, StatefulSet, ... of a pod. Default: its name. */
  readonly workloadName?: string;
  /** A pod of Kubernetes: EndpointSlices tell whether it is behind a Service that has some, not selectors. Default: it is none. */
  readonly pod?: true;
  /** An endpoint as EndpointSlices list it for one Service: `ports` has all that it serves there, by the Service's names of ports. */
  readonly listed?: true;
}

/** Name of a workload in its namespace. */
export interface WorkloadKey {
  readonly namespace: string;
  readonly name: string;
}

/** Istio's mark of a workload that has a proxy: its WorkloadEntry says so by this label. */
const tlsModeLabel = 'security.istio.io/tlsMode';

/** Reads a WorkloadEntry resource. Without a service account it runs as `default`, as Kubernetes has it; a weight of 0 is 1. */
export function workloadOfEntry(resource: WorkloadEntry): MeshWorkload {
  const { spec, metadata } = resource;
  const labels = spec.labels ?? {};
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    serviceAccount: spec.serviceAccount ?? 'default',
    labels,
    addresses: spec.address === undefined ? [] : [spec.address],
    ports: spec.ports ?? {},
    network: spec.network ?? '',
    locality: spec.locality ?? '',
    cluster: '',
    weight: spec.weight || 1,
    mutualTls: labels[tlsModeLabel] === 'istio',
    healthy: true,
  };
}

/** Whether two records say the same: a renewed lease is no change. */
export function sameWorkload(a: MeshWorkload, b: MeshWorkload): boolean {
  const plain = [
    'name',
    'namespace',
    'serviceAccount',
    'network',
    'locality',
    'cluster',
    'weight',
    'mutualTls',
    'healthy',
    'workloadName',
    'pod',
    'listed',
  ] as const;
  return (
    plain.every((field) => a[field] === b[field]) &&
    a.addresses.length === b.addresses.length &&
    a.addresses.every((address, i) => address === b.addresses[i]) &&
    sameLabels(a.labels, b.labels) &&
    samePorts(a.ports, b.ports)
  );
}

function samePorts(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
