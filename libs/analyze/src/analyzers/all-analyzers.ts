import type { Analyzer } from '../analyzer.ts';
import { alphaAnnotations, annotations } from './annotations/annotations.ts';
import { caCertificates } from './destination-rule/ca-certificates.ts';
import { subsetWorkloads } from './destination-rule/subset-workloads.ts';
import { certificates } from './gateway/certificates.ts';
import { conflictingGateways } from './gateway/conflicting-gateways.ts';
import { gatewaySecrets } from './gateway/secrets.ts';
import { gatewayServicePorts } from './gateway/service-ports.ts';
import { autoImages } from './injection/auto-images.ts';
import { injection } from './injection/injection.ts';
import { proxyImages } from './injection/proxy-images.ts';
import { crdVersions } from './kubernetes-gateway/crd-versions.ts';
import { policySelectors } from './kubernetes-gateway/policy-selectors.ts';
import { conditions } from './mesh/conditions.ts';
import { deprecations } from './mesh/deprecations.ts';
import { envoyFilters } from './mesh/envoy-filters.ts';
import { meshNetworks } from './mesh/mesh-networks.ts';
import { destinationCredentials } from './own/destination-credentials.ts';
import { mutualTls } from './own/mutual-tls.ts';
import { overlappingRules } from './own/overlapping-rules.ts';
import { principals } from './own/principals.ts';
import { sharedTcpPorts } from './own/shared-tcp-ports.ts';
import { virtualServiceHosts } from './own/virtual-service-hosts.ts';
import { authorizationPolicies } from './policies/authorization-policies.ts';
import { blockedCidrs } from './policies/blocked-cidrs.ts';
import { sidecarSelectors } from './policies/sidecars.ts';
import { lightstep, telemetryDefaults, telemetryProviders, telemetrySelectors } from './policies/telemetries.ts';
import { gatewayApiVersions, kubernetesVersion, permissions } from './precheck/installation.ts';
import { localhostListeners, upgradeCompatibility } from './precheck/upgrade.ts';
import { entryAddresses } from './services/entry-addresses.ts';
import { entryProtocols } from './services/entry-protocols.ts';
import { inconsistentServices } from './services/inconsistent-services.ts';
import { portNames } from './services/port-names.ts';
import { validationAnalyzers } from './validation/validation.ts';
import { destinationHosts } from './virtual-service/destination-hosts.ts';
import { destinationSubsets } from './virtual-service/destination-subsets.ts';
import { gateways } from './virtual-service/gateways.ts';
import { jwtClaimRoutes } from './virtual-service/jwt-claim-routes.ts';
import { meshHostConflicts } from './virtual-service/mesh-host-conflicts.ts';
import { externalControlPlane } from './webhooks/external-control-plane.ts';
import { webhooks } from './webhooks/webhooks.ts';
import { applicationUid } from './workloads/application-uid.ts';
import { multipleServices } from './workloads/multiple-services.ts';

/** Every analyzer: those of Istio in its order, those before an installation, then Malla's own. */
export const allAnalyzers: readonly Analyzer[] = [
  annotations,
  alphaAnnotations,
  blockedCidrs,
  authorizationPolicies,
  conditions,
  multipleServices,
  applicationUid,
  caCertificates,
  subsetWorkloads,
  deprecations,
  envoyFilters,
  externalControlPlane,
  gatewayServicePorts,
  certificates,
  gatewaySecrets,
  conflictingGateways,
  injection,
  proxyImages,
  autoImages,
  policySelectors,
  crdVersions,
  meshNetworks,
  inconsistentServices,
  portNames,
  sidecarSelectors,
  meshHostConflicts,
  destinationHosts,
  destinationSubsets,
  gateways,
  jwtClaimRoutes,
  entryAddresses,
  entryProtocols,
  webhooks,
  telemetryProviders,
  telemetrySelectors,
  telemetryDefaults,
  lightstep,
  ...validationAnalyzers,
  kubernetesVersion,
  permissions,
  gatewayApiVersions,
  upgradeCompatibility,
  localhostListeners,
  mutualTls,
  principals,
  destinationCredentials,
  sharedTcpPorts,
  virtualServiceHosts,
  overlappingRules,
];
