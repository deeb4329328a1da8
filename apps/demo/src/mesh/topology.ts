/** The namespace of the sample. */
export const namespace = 'bookinfo';

/** The port that every service of the sample has, and that policies name. */
export const servicePort = 9080;

/** The port of the gateway's workload that its Service leads to. */
export const gatewayPort = 8080;

/** One instance of the sample: an application and the agent in front of it. */
export interface WorkloadPlan {
  /** Unique, such as `reviews-v1`. */
  readonly name: string;
  /** Service of the sample; absent for the load generator, which only calls, and for a gateway. */
  readonly service?: string;
  readonly version: string;
  readonly serviceAccount: string;
  /** Services that it calls through its proxy. */
  readonly calls: readonly string[];
  /** A gateway: no application, and listeners by Gateways alone. */
  readonly router?: boolean;
  /** The application answers everything with this status. */
  readonly failStatus?: number;
}

const sample = (service: string, version: string, calls: readonly string[] = [], suffix = ''): WorkloadPlan => ({
  name: `${service}-${version}${suffix}`,
  service,
  version,
  serviceAccount: service,
  calls,
});

/** Every workload of the demo. The second instance of ratings is broken, to show retries and ejection. */
export const workloads: readonly WorkloadPlan[] = [
  sample('productpage', 'v1', ['details', 'reviews']),
  sample('details', 'v1'),
  sample('reviews', 'v1'),
  sample('reviews', 'v2', ['ratings']),
  sample('reviews', 'v3', ['ratings']),
  sample('ratings', 'v1', [], '-a'),
  { ...sample('ratings', 'v1', [], '-b'), failStatus: 503 },
  { name: 'gateway', version: 'v1', serviceAccount: 'gateway', calls: [], router: true },
  {
    name: 'loadgen',
    version: 'v1',
    serviceAccount: 'loadgen',
    calls: ['productpage', 'details', 'reviews', 'ratings'],
  },
];
