import { agentSdsCluster } from '@malla/ir';
import { ApiConfigSource_ApiType, ApiVersion } from '@malla/protos/gen/envoy/config/core/v3/config_source_pb';
import { duration } from './duration.ts';

/** Enough for an answer that is on its way; Envoy's default is 15 s. */
const secretTimeoutMs = 2_000;

/** By the stream that everything else comes by. */
export const byAds = {
  configSourceSpecifier: { case: 'ads' as const, value: {} },
  resourceApiVersion: ApiVersion.V3,
};

/** By the agent's own secret service: keys never leave the host. */
const byAgentSds = {
  configSourceSpecifier: {
    case: 'apiConfigSource' as const,
    value: {
      apiType: ApiConfigSource_ApiType.GRPC,
      transportApiVersion: ApiVersion.V3,
      setNodeOnFirstMessageOnly: true,
      grpcServices: [{ targetSpecifier: { case: 'envoyGrpc' as const, value: { clusterName: agentSdsCluster } } }],
    },
  },
  resourceApiVersion: ApiVersion.V3,
};

/** A secret of the workload, from its agent. */
export function agentSecret(name: string) {
  return { name, sdsConfig: byAgentSds };
}

/**
 * A secret that discovery delivers. A cluster does not wait long for one: where there is none, its connections fail at once and
 * alone, instead of holding up every change behind it (state-of-the-world ADS cannot say that a secret does not exist).
 */
export function meshSecret(name: string) {
  return { name, sdsConfig: { ...byAds, initialFetchTimeout: duration(secretTimeoutMs) } };
}
