import type { CodeDefinition } from './code.ts';
import { istioCode } from './istio-code.ts';

/** Of Istio's codes those about the mesh's own configuration: routes, destinations, gateways, policies, telemetry. */
export const configurationCodes: readonly CodeDefinition[] = [
  istioCode('0101', 'error', 'ReferencedResourceNotFound', {
    args: ['reftype', 'refval'],
    meaning: 'Something that the resource names does not exist.',
    text: 'the {0} "{1}" is not found',
    fix: 'Create what is named, or correct the name and the namespace.',
  }),
  istioCode('0106', 'error', 'SchemaValidationError', {
    args: ['err'],
    meaning: 'The resource breaks a rule of its schema or its meaning; the API refuses it.',
    text: '{0}',
    fix: 'Correct the field that the message names.',
  }),
  istioCode('0109', 'error', 'ConflictingMeshGatewayVirtualServiceHosts', {
    args: ['virtualServices', 'host'],
    meaning: 'Several VirtualServices set the routes of one host in sidecars; only one of them is used.',
    text: 'the VirtualServices {0} define the same host {1} for sidecars',
    fix: 'Put the routes of a host into one VirtualService, or separate the hosts with exportTo.',
  }),
  istioCode('0110', 'error', 'ConflictingSidecarWorkloadSelectors', {
    args: ['conflictingSidecars', 'namespace', 'workloadPod'],
    meaning: 'Several Sidecars select one workload; which of them it gets is undefined.',
    text: 'the Sidecars {0} in namespace "{1}" select the same pod "{2}"',
    fix: 'Make the selectors disjoint.',
  }),
  istioCode('0111', 'error', 'MultipleSidecarsWithoutWorkloadSelectors', {
    args: ['conflictingSidecars', 'namespace'],
    meaning: 'A namespace has several Sidecars without a selector; which of them counts is undefined.',
    text: 'the Sidecars {0} in namespace "{1}" all have no workload selector',
    fix: 'Keep one without a selector.',
  }),
  istioCode('0112', 'error', 'VirtualServiceDestinationPortSelectorRequired', {
    args: ['destHost', 'destPorts'],
    meaning: 'A destination has several ports and the route does not say which.',
    text: 'the destination "{0}" has the ports {1}; the route names none of them',
    fix: 'Set destination.port.number.',
  }),
  istioCode('0126', 'error', 'UnknownMeshNetworksServiceRegistry', {
    args: ['serviceregistry', 'network'],
    meaning: 'MeshNetworks names a registry, which is a cluster, that the mesh does not know.',
    text: 'the service registry {0} of network {1} is unknown',
    fix: 'Correct the name, or create the remote secret of the cluster.',
  }),
  istioCode('0127', 'warning', 'NoMatchingWorkloadsFound', {
    args: ['labels'],
    meaning: 'A policy selects no workload of the mesh.',
    text: 'no workload in the mesh has the labels "{0}"',
    fix: 'Correct the selector or the namespace; remove the policy if the workload is gone.',
  }),
  istioCode('0128', 'warning', 'NoServerCertificateVerificationDestinationLevel', {
    args: ['destinationrule', 'namespace', 'mode', 'host'],
    meaning: 'A DestinationRule sets up TLS without CA certificates: the certificate of the server is not checked.',
    text: 'the DestinationRule {0} in namespace "{1}" has TLS mode {2} for the host {3} and no caCertificates: the server is not verified',
    fix: 'Set tls.caCertificates, or credentialName together with a workloadSelector.',
  }),
  istioCode('0129', 'warning', 'NoServerCertificateVerificationPortLevel', {
    args: ['destinationrule', 'namespace', 'mode', 'host', 'port'],
    meaning: 'As IST0128, for the settings of one port.',
    text: 'the DestinationRule {0} in namespace "{1}" has TLS mode {2} for the host {3} at port {4} and no caCertificates: the server is not verified',
    fix: 'Set caCertificates in the TLS settings of the port.',
  }),
  istioCode('0130', 'warning', 'VirtualServiceUnreachableRule', {
    args: ['ruleno', 'reason'],
    meaning: 'A rule of a VirtualService is never used: an earlier one takes all its requests.',
    text: '{0}',
    fix: 'Remove the rule, or move it before the one that takes its requests.',
  }),
  istioCode('0131', 'info', 'VirtualServiceIneffectiveMatch', {
    args: ['ruleno', 'matchno', 'dupno'],
    meaning: 'One match of a rule is already in an earlier rule.',
    text: '{0}',
    fix: 'Remove the match.',
  }),
  istioCode('0132', 'warning', 'VirtualServiceHostNotFoundInGateway', {
    args: ['host', 'virtualservice', 'gateway'],
    meaning: 'A VirtualService is bound to a gateway that serves none of its hosts.',
    text: 'no host of {0} in the VirtualService {1} is served by the Gateway {2}',
    fix: 'Add the host to a server of the Gateway that this namespace may use, or correct hosts or gateways.',
  }),
  istioCode('0133', 'warning', 'SchemaWarning', {
    args: ['err'],
    meaning: 'The resource is accepted, but a part of it is questionable.',
    text: '{0}',
    fix: 'Look at the field that the message names.',
  }),
  istioCode('0134', 'warning', 'ServiceEntryAddressesRequired', {
    meaning:
      'A ServiceEntry with a TCP port has no addresses, and addresses are not allocated: it takes all traffic of that port.',
    text: 'ports without HTTP need addresses when addresses are not allocated automatically',
    fix: 'Set spec.addresses, or allocate them (ISTIO_META_DNS_CAPTURE with PILOT_ENABLE_IP_AUTOALLOCATE).',
  }),
  istioCode('0138', 'warning', 'GatewayDuplicateCertificate', {
    args: ['gateways'],
    meaning: 'Gateways of one workload share a certificate: clients that reuse HTTP/2 connections may get 404.',
    text: 'the Gateways {0} use the same certificate; clients that reuse HTTP/2 connections may get 404',
    fix: 'Put the hosts of a certificate into one Gateway.',
  }),
  istioCode('0140', 'warning', 'IngressRouteRulesNotAffected', {
    args: ['virtualservicesubset', 'virtualservice'],
    meaning:
      'A VirtualService of a gateway routes to a host whose subsets another VirtualService sets: gateways do not read that one.',
    text: 'subsets in VirtualService {0} do not apply to requests through the gateway of {1}',
    fix: 'Name the subset in the VirtualService of the gateway.',
  }),
  istioCode('0145', 'error', 'ConflictingGateways', {
    args: ['gateway', 'selector', 'portnumber', 'hosts'],
    meaning: 'Several Gateways of one workload have the same port and host.',
    text: 'conflicts with the Gateways {0} (selector {1}, port {2}, hosts {3})',
    fix: 'Put the host into one Gateway.',
  }),
  istioCode('0149', 'error', 'JwtClaimBasedRoutingWithoutRequestAuthN', {
    args: ['key', 'gateway', 'pod'],
    meaning: 'Routes depend on claims of a token that no RequestAuthentication checks at the gateway.',
    text: 'routing by the claim {0} needs a RequestAuthentication for the pod {2} of the gateway {1}',
    fix: 'Create a RequestAuthentication that selects the pods of the gateway.',
  }),
  istioCode('0150', 'warning', 'ExternalNameServiceTypeInvalidPortName', {
    meaning: 'A port of an ExternalName Service is treated as TCP: it takes traffic of other hosts at that port.',
    text: 'the name of a port of an ExternalName Service must tell a protocol other than tcp',
    fix: 'Name the port by its protocol, such as https.',
  }),
  istioCode('0151', 'warning', 'EnvoyFilterUsesRelativeOperation', {
    meaning: 'A patch depends on others and has no priority: it may be applied before them and do nothing.',
    text: 'a relative patch without a priority may not be applied',
    fix: 'Use INSERT_FIRST or ADD, or set spec.priority.',
  }),
  istioCode('0152', 'error', 'EnvoyFilterUsesReplaceOperationIncorrectly', {
    meaning: 'REPLACE does nothing for this applyTo.',
    text: 'REPLACE is only for HTTP_FILTER, NETWORK_FILTER and VIRTUAL_HOST',
    fix: 'Use MERGE.',
  }),
  istioCode('0153', 'error', 'EnvoyFilterUsesAddOperationIncorrectly', {
    meaning: 'ADD does nothing for this applyTo.',
    text: 'ADD is ignored for ROUTE_CONFIGURATION and HTTP_ROUTE',
    fix: 'Use MERGE, or INSERT_FIRST for routes.',
  }),
  istioCode('0154', 'error', 'EnvoyFilterUsesRemoveOperationIncorrectly', {
    meaning: 'REMOVE does nothing for this applyTo.',
    text: 'REMOVE is ignored for ROUTE_CONFIGURATION and HTTP_ROUTE',
    fix: 'Remove the route at its source.',
  }),
  istioCode('0155', 'warning', 'EnvoyFilterUsesRelativeOperationWithProxyVersion', {
    meaning:
      'As IST0151, and an earlier patch of the same filter is for one version of the proxy: an upgrade breaks it.',
    text: 'a relative patch without a priority follows a patch for one proxy version; it may not be applied after an upgrade',
    fix: 'Use INSERT_FIRST or ADD, or set spec.priority.',
  }),
  istioCode('0157', 'warning', 'InvalidTelemetryProvider', {
    args: ['name', 'namespace'],
    meaning: 'A Telemetry sets up access logs without a provider, and the mesh has no default one: it is ignored.',
    text: 'the Telemetry {0} in namespace "{1}" names no provider for access logs and is ignored',
    fix: 'Name a provider, or set defaultProviders.accessLogging in the mesh configuration.',
  }),
  istioCode('0159', 'error', 'ConflictingTelemetryWorkloadSelectors', {
    args: ['conflictingTelemetries', 'namespace', 'workloadPod'],
    meaning: 'Several Telemetries select one workload; which of them counts is undefined.',
    text: 'the Telemetries {0} in namespace "{1}" select the same pod "{2}"',
    fix: 'Make the selectors disjoint.',
  }),
  istioCode('0160', 'error', 'MultipleTelemetriesWithoutWorkloadSelectors', {
    args: ['conflictingTelemetries', 'namespace'],
    meaning: 'A namespace has several Telemetries without a selector; which of them counts is undefined.',
    text: 'the Telemetries {0} in namespace "{1}" all have no workload selector',
    fix: 'Keep one without a selector.',
  }),
  istioCode('0161', 'error', 'InvalidGatewayCredential', {
    args: ['gatewayName', 'gatewayNamespace'],
    meaning:
      'The Secret of a Gateway holds no usable certificate: keys are missing, it is no certificate, or it has expired.',
    text: 'the credential of the Gateway {0} in namespace {1} holds no valid certificate',
    fix: 'Renew the Secret; it needs tls.crt and tls.key, or cert and key.',
  }),
  istioCode('0162', 'warning', 'GatewayPortNotDefinedOnService', {
    args: ['port', 'selector'],
    meaning: 'A Gateway listens on a port that no Service of its workload exposes.',
    text: 'port {0} is no target port of a Service of the pods with {1}; it cannot be reached through a Service',
    fix: 'Add the port to the Service, or use the target port of one that it has.',
  }),
  istioCode('0165', 'warning', 'ReferencedInternalGateway', {
    args: ['virtualservice', 'gateway'],
    meaning: 'A VirtualService names a Gateway that was generated from a Kubernetes Gateway; its name may change.',
    text: 'the VirtualService {0} names the generated Gateway {1}',
    fix: 'Use an HTTPRoute with the Kubernetes Gateway as its parent.',
  }),
  istioCode('0166', 'warning', 'IneffectiveSelector', {
    args: ['gateway'],
    meaning: 'A policy selects the pods of a Kubernetes Gateway by labels; there only targetRef counts.',
    text: 'the selector does not apply to the Kubernetes Gateway {0}',
    fix: 'Use targetRefs.',
  }),
  istioCode('0167', 'warning', 'IneffectivePolicy', {
    args: ['reason'],
    meaning: 'The resource has no effect.',
    text: 'has no effect: {0}',
    fix: 'Remove it, or move the workload into the mode that it is for.',
  }),
  istioCode('0173', 'error', 'DestinationRuleSubsetNotSelectPods', {
    args: ['subset'],
    meaning: 'A subset selects no pod: requests to it fail with 503.',
    text: 'the subset {0} selects no pod',
    fix: 'Correct the labels of the subset.',
  }),
  istioCode('0174', 'warning', 'UnknownDestinationRuleHost', {
    args: ['host'],
    meaning: 'A DestinationRule is for a host that is no service of the mesh.',
    text: 'the host {0} is no Service and no ServiceEntry of the mesh',
    fix: 'Correct the host, or create the Service.',
  }),
  istioCode('0175', 'warning', 'JwksUriFetchUnrestricted', {
    args: ['count', 'names'],
    meaning: 'The control plane fetches keys from any address that a RequestAuthentication names.',
    text: 'BLOCKED_CIDRS_IN_JWKS_URIS is not set and {0} RequestAuthentications exist ({1})',
    fix: 'Set BLOCKED_CIDRS_IN_JWKS_URIS on the control plane.',
  }),
  istioCode('0177', 'warning', 'ConflictingServiceEntryProtocol', {
    args: ['serviceEntryNames', 'host', 'port', 'protocols'],
    meaning: 'ServiceEntries give one host and port different protocols.',
    text: 'the ServiceEntries ({0}) give the host "{1}" at port {2} different protocols ({3})',
    fix: 'Use one protocol for a port of a host.',
  }),
];
