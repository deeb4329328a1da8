import { outboundClusterName, type DestinationIr } from '@malla/ir';
import type { MergedDestinationRule, MeshService, MeshServicePort } from '@malla/snapshot';
import { originOf } from '../diagnostics.ts';
import type { DestinationOptions } from '../mesh-inputs.ts';
import { protocolOf } from '../protocol.ts';
import { resolveLoadBalancer } from './load-balancer.ts';
import { resolveOutlier } from './outlier.ts';
import { policyFor } from './policy.ts';
import { resolveConnectTimeout, resolvePool, resolveUpstreamProtocol } from './pool.ts';
import { resolveClientTls } from './tls.ts';

/** All that a cluster depends on. */
export interface DestinationInputs {
  readonly mesh: DestinationOptions;
  readonly service: MeshService;
  readonly port: MeshServicePort;
  /** Empty for the whole service. */
  readonly subset: string;
  readonly rule: MergedDestinationRule | undefined;
  readonly serviceAccounts: readonly string[];
}

/** One cluster: a service port, or a subset of it, with the DestinationRule's policy. */
export function resolveDestination(inputs: DestinationInputs): DestinationIr {
  const { mesh, service, port, subset, rule, serviceAccounts } = inputs;
  const policy = policyFor(rule, subset, port.port);
  const outlier = resolveOutlier(policy);
  return {
    name: outboundClusterName(port.port, subset, service.host),
    service: { host: service.host, name: service.name, namespace: service.namespace },
    port: port.port,
    subset,
    protocol: resolveUpstreamProtocol(protocolOf(port), policy),
    connectTimeoutMs: resolveConnectTimeout(policy, mesh),
    loadBalancer: resolveLoadBalancer(policy),
    pool: resolvePool(policy),
    ...(outlier === undefined ? {} : { outlier }),
    tls: resolveClientTls({ mesh, service, port: port.port, subset, policy, serviceAccounts }),
    ...(rule === undefined ? {} : { origin: originOf(ruleOf(rule, subset)) }),
  };
}

/** The rule to name: the one that defines the subset, else the oldest. */
function ruleOf(rule: MergedDestinationRule, subset: string): MergedDestinationRule['rules'][number] {
  return rule.rules.find(({ spec }) => spec?.subsets?.some((s) => s.name === subset)) ?? rule.rules[0];
}
