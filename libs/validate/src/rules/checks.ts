import { groupOf, type KnownResource } from '@malla/model';
import type { Findings } from '../findings.ts';
import { checkApiKeyPolicy } from './api-key-policy.ts';
import { checkAuthorizationPolicy } from './authorization-policy.ts';
import { checkConfigMap } from './config-map.ts';
import { checkDestinationRule } from './destination-rule.ts';
import { checkEndpoints, checkEndpointSlice } from './endpoints.ts';
import { checkEnvoyFilter } from './envoy-filter.ts';
import { checkGateway } from './gateway.ts';
import { checkGrpcRouteOfGatewayApi, checkHttpRouteOfGatewayApi } from './gateway-api-route.ts';
import { checkIngress } from './ingress.ts';
import { checkMeshConfig } from './mesh-config.ts';
import { checkNamespace } from './namespace.ts';
import { checkPeerAuthentication } from './peer-authentication.ts';
import { checkProxyConfig } from './proxy-config.ts';
import { checkRateLimit } from './rate-limit.ts';
import { checkRequestAuthentication } from './request-authentication.ts';
import { checkSecret } from './secret.ts';
import { checkService } from './service.ts';
import { checkServiceEntry } from './service-entry.ts';
import { checkSidecar } from './sidecar.ts';
import { checkTelemetry } from './telemetry.ts';
import { checkVirtualService } from './virtual-service.ts';
import { checkTrafficExtension, checkWasmPlugin } from './wasm.ts';
import { checkWorkloadEntry } from './workload-entry.ts';
import { checkWorkloadGroup } from './workload-group.ts';

/** Checks the meaning of a resource of one kind. */
export type Check = (findings: Findings, resource: KnownResource) => void;

/** Two kinds may share a name, so the group is part of the key. */
const checks: ReadonlyMap<string, Check> = new Map<string, Check>([
  entry('', 'Namespace', checkNamespace),
  entry('', 'Service', checkService),
  entry('', 'Secret', checkSecret),
  entry('', 'ConfigMap', checkConfigMap),
  entry('', 'Endpoints', checkEndpoints),
  entry('discovery.k8s.io', 'EndpointSlice', checkEndpointSlice),
  entry('networking.k8s.io', 'Ingress', checkIngress),
  entry('gateway.networking.k8s.io', 'HTTPRoute', checkHttpRouteOfGatewayApi),
  entry('gateway.networking.k8s.io', 'GRPCRoute', checkGrpcRouteOfGatewayApi),
  entry('networking.istio.io', 'VirtualService', checkVirtualService),
  entry('networking.istio.io', 'DestinationRule', checkDestinationRule),
  entry('networking.istio.io', 'Gateway', checkGateway),
  entry('networking.istio.io', 'ServiceEntry', checkServiceEntry),
  entry('networking.istio.io', 'Sidecar', checkSidecar),
  entry('networking.istio.io', 'WorkloadEntry', checkWorkloadEntry),
  entry('networking.istio.io', 'WorkloadGroup', checkWorkloadGroup),
  entry('networking.istio.io', 'EnvoyFilter', checkEnvoyFilter),
  entry('networking.istio.io', 'ProxyConfig', checkProxyConfig),
  entry('security.istio.io', 'AuthorizationPolicy', checkAuthorizationPolicy),
  entry('security.istio.io', 'PeerAuthentication', checkPeerAuthentication),
  entry('security.istio.io', 'RequestAuthentication', checkRequestAuthentication),
  entry('mesh.istio.io', 'MeshConfig', checkMeshConfig),
  entry('telemetry.istio.io', 'Telemetry', checkTelemetry),
  entry('policy.malla.io', 'RateLimit', checkRateLimit),
  entry('policy.malla.io', 'ApiKeyPolicy', checkApiKeyPolicy),
  entry('extensions.istio.io', 'WasmPlugin', checkWasmPlugin),
  entry('extensions.istio.io', 'TrafficExtension', checkTrafficExtension),
]);

function entry<R extends KnownResource>(
  group: string,
  kind: R['kind'],
  check: (findings: Findings, resource: R) => void,
): [string, Check] {
  return [`${group}/${kind}`, check as Check];
}

/** The rules for a resource, or undefined where its schema says everything. */
export function checkOf({ apiVersion, kind }: Pick<KnownResource, 'apiVersion' | 'kind'>): Check | undefined {
  return checks.get(`${groupOf(apiVersion)}/${kind}`);
}
