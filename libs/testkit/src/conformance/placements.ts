import type { DescribedCase } from './case-schema.ts';

/** A place in a DestinationRule that takes a traffic policy. */
interface Placement {
  readonly name: string;
  /** What `$POLICY` stands for in the names of fields. */
  readonly prefix: string;
  /** Path of the policy inside the DestinationRule. */
  readonly path: string;
  readonly subset: string;
  readonly spec: (policy: unknown, port: number) => Record<string, unknown>;
}

const atPort = (policy: unknown, number: number) => ({
  portLevelSettings: [{ port: { number }, ...(policy as object) }],
});
const inSubset = (trafficPolicy: unknown) => ({ subsets: [{ name: 'all', trafficPolicy }] });

/** In this order a cluster never has the policy in two cases in a row, so nothing that a proxy remembers of it is left. */
const placements: readonly Placement[] = [
  {
    name: 'whole host',
    prefix: 'DestinationRule.spec.trafficPolicy',
    path: 'spec.trafficPolicy',
    subset: '',
    spec: (trafficPolicy) => ({ trafficPolicy }),
  },
  {
    name: 'subset',
    prefix: 'DestinationRule.spec.subsets[].trafficPolicy',
    path: 'spec.subsets[0].trafficPolicy',
    subset: 'all',
    spec: inSubset,
  },
  {
    name: 'port',
    prefix: 'DestinationRule.spec.trafficPolicy.portLevelSettings[]',
    path: 'spec.trafficPolicy.portLevelSettings[0]',
    subset: '',
    spec: (policy, port) => ({ trafficPolicy: atPort(policy, port) }),
  },
  {
    name: 'port of a subset',
    prefix: 'DestinationRule.spec.subsets[].trafficPolicy.portLevelSettings[]',
    path: 'spec.subsets[0].trafficPolicy.portLevelSettings[0]',
    subset: 'all',
    spec: (policy, port) => inSubset(atPort(policy, port)),
  },
];

/** A case with a policy becomes one case for each place of the policy; any other case stays as it is. */
export function placePolicy(described: DescribedCase): readonly DescribedCase[] {
  const { policy, policyFor } = described;
  const [host = '', port = ''] = policyFor.split(':');
  if (policy === undefined) return [described];
  return placements.map((placement) => ({
    ...described,
    name: `${described.name} (${placement.name})`,
    policy: undefined,
    positive: described.positive.map((field) => field.replace('$POLICY', placement.prefix)),
    negative: described.negative.map((field) => field.replace('$POLICY', placement.prefix)),
    resources: [
      // For its own namespace only: elsewhere a credential would be missing, and Envoy waits 15 s for a missing secret over state of the world.
      rule('DestinationRule', { host, exportTo: ['.'], ...placement.spec(policy, Number(port)) }),
      ...routeToSubset(placement, host),
      ...described.resources,
    ],
    observe: described.observe.map((observation) => ({
      ...observation,
      name: observation.name.replace(
        '$CLUSTER',
        `outbound|${port}|${placement.subset}|${host}.default.svc.cluster.local`,
      ),
    })),
    refused: described.refused.map((refusal) => ({
      ...refusal,
      set: `${placement.path}.${refusal.set}`,
      ...(refusal.at === undefined ? {} : { at: `${placement.path}${refusal.at === '' ? '' : `.${refusal.at}`}` }),
    })),
  }));
}

/** Traffic meets a subset's policy only through a route. */
function routeToSubset({ subset }: Placement, host: string): Record<string, unknown>[] {
  if (subset === '') return [];
  return [
    rule('VirtualService', { hosts: [host], exportTo: ['.'], http: [{ route: [{ destination: { host, subset } }] }] }),
  ];
}

function rule(kind: string, spec: Record<string, unknown>): Record<string, unknown> {
  return { apiVersion: 'networking.istio.io/v1', kind, metadata: { name: 'policy-under-test' }, spec };
}
