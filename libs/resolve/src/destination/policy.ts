import type { TrafficPolicy } from '@malla/model';
import type { MergedDestinationRule } from '@malla/snapshot';

/** The blocks of a traffic policy that hold for one service port. */
export type PortPolicy = Omit<TrafficPolicy, 'portLevelSettings'>;

type Blocks = { -readonly [K in keyof PortPolicy]: PortPolicy[K] };

/**
 * The policy of one port: a subset's blocks replace those of the host, block by block; portLevelSettings replace all blocks of their port, those
 * they do not name included. Source: Istio pilot/pkg/networking/core, MergeTrafficPolicy.
 */
export function policyFor(rule: MergedDestinationRule | undefined, subset: string, port: number): PortPolicy {
  const ofHost = overlay({}, rule?.trafficPolicy, port);
  if (subset === '') return ofHost;
  return overlay(ofHost, rule?.subsets.find((s) => s.name === subset)?.trafficPolicy, port);
}

function overlay(base: PortPolicy, policy: TrafficPolicy | undefined, port: number): PortPolicy {
  if (policy === undefined) return base;
  const forPort = policy.portLevelSettings?.find((settings) => settings.port?.number === port);
  if (forPort !== undefined) return blocksOf(forPort);
  return { ...base, ...blocksOf(policy) };
}

/** Only the blocks that are there, so that spreading them never erases one. */
function blocksOf({ loadBalancer, connectionPool, outlierDetection, tls }: PortPolicy): PortPolicy {
  const blocks: Blocks = {};
  if (loadBalancer !== undefined) blocks.loadBalancer = loadBalancer;
  if (connectionPool !== undefined) blocks.connectionPool = connectionPool;
  if (outlierDetection !== undefined) blocks.outlierDetection = outlierDetection;
  if (tls !== undefined) blocks.tls = tls;
  return blocks;
}
