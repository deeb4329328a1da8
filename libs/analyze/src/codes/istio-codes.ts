import type { CodeDefinition, Level } from './code.ts';

function entry(
  code: string,
  level: Level,
  name: string,
  about: Pick<CodeDefinition, 'meaning' | 'text' | 'fix'> & { readonly args?: readonly string[] },
): CodeDefinition {
  return { code: `IST${code}`, level, name, args: [], ...about };
}

/**
 * Istio's codes with its names, levels and arguments; the words are ours. Retired numbers are not used again.
 * Source: https://istio.io/latest/docs/reference/config/analysis/
 */
export const istioCodes: readonly CodeDefinition[] = [
  entry('0001', 'error', 'InternalError', {
    args: ['detail'],
    meaning: 'An analyzer failed: a mistake in Malla, not in the configuration.',
    text: 'internal error: {0}',
    fix: 'Report it with the configuration that leads to it; all other findings are still right.',
  }),
  entry('0002', 'warning', 'Deprecated', {
    args: ['detail'],
    meaning: 'The configuration uses something that is deprecated or no longer there.',
    text: 'deprecated: {0}',
    fix: 'Use what the message names instead.',
  }),
  entry('0101', 'error', 'ReferencedResourceNotFound', {
    args: ['reftype', 'refval'],
    meaning: 'Something that the resource names does not exist.',
    text: 'the {0} "{1}" is not found',
    fix: 'Create what is named, or correct the name and the namespace.',
  }),
  entry('0102', 'info', 'NamespaceNotInjected', {
    args: ['namespace', 'namespace2'],
    meaning: 'Pods of this namespace get no sidecar, and nothing says that this is meant.',
    text: 'the namespace {0} is not enabled for injection',
    fix: 'Label it istio-injection=enabled, or istio-injection=disabled if it is meant so.',
  }),
  entry('0103', 'warning', 'PodMissingProxy', {
    args: ['podName'],
    meaning: 'A pod in a namespace with injection has no sidecar.',
    text: 'the pod {0} has no proxy',
    fix: 'Restart the workload, so that its pods are made anew and injected.',
  }),
  entry('0106', 'error', 'SchemaValidationError', {
    args: ['err'],
    meaning: 'The resource breaks a rule of its schema or its meaning; the API refuses it.',
    text: '{0}',
    fix: 'Correct the field that the message names.',
  }),
  entry('0107', 'warning', 'MisplacedAnnotation', {
    args: ['annotation', 'kind'],
    meaning: 'An annotation of Istio stands on a kind that it does nothing for.',
    text: 'the annotation {0} is only read on {1}',
    fix: 'Move it; for pods of a Deployment it belongs into spec.template.metadata.',
  }),
  entry('0108', 'warning', 'UnknownAnnotation', {
    args: ['annotation'],
    meaning: 'An annotation with an Istio prefix that Istio does not know.',
    text: 'the annotation {0} is unknown',
    fix: 'Correct its name or remove it.',
  }),
  entry('0109', 'error', 'ConflictingMeshGatewayVirtualServiceHosts', {
    args: ['virtualServices', 'host'],
    meaning: 'Several VirtualServices set the routes of one host in sidecars; only one of them is used.',
    text: 'the VirtualServices {0} define the same host {1} for sidecars',
    fix: 'Put the routes of a host into one VirtualService, or separate the hosts with exportTo.',
  }),
  entry('0110', 'error', 'ConflictingSidecarWorkloadSelectors', {
    args: ['conflictingSidecars', 'namespace', 'workloadPod'],
    meaning: 'Several Sidecars select one workload; which of them it gets is undefined.',
    text: 'the Sidecars {0} in namespace "{1}" select the same pod "{2}"',
    fix: 'Make the selectors disjoint.',
  }),
  entry('0111', 'error', 'MultipleSidecarsWithoutWorkloadSelectors', {
    args: ['conflictingSidecars', 'namespace'],
    meaning: 'A namespace has several Sidecars without a selector; which of them counts is undefined.',
    text: 'the Sidecars {0} in namespace "{1}" all have no workload selector',
    fix: 'Keep one without a selector.',
  }),
  entry('0112', 'error', 'VirtualServiceDestinationPortSelectorRequired', {
    args: ['destHost', 'destPorts'],
    meaning: 'A destination has several ports and the route does not say which.',
    text: 'the destination "{0}" has the ports {1}; the route names none of them',
    fix: 'Set destination.port.number.',
  }),
  entry('0116', 'warning', 'DeploymentAssociatedToMultipleServices', {
    args: ['deployment', 'port', 'services'],
    meaning: 'Pods belong to several Services that use one port with different protocols.',
    text: 'the deployment {0} belongs to several Services with different protocols on port {1}: {2}',
    fix: 'Use the same protocol, or other ports.',
  }),
  entry('0118', 'info', 'PortNameIsNotUnderNamingConvention', {
    args: ['portName', 'port', 'targetPort'],
    meaning: 'The name of the port does not tell its protocol, so that proxies have to detect it.',
    text: 'the name "{0}" of port {1} (target port {2}) does not begin with a protocol',
    fix: 'Name it protocol or protocol-suffix, such as http-web, or set appProtocol.',
  }),
  entry('0123', 'warning', 'NamespaceMultipleInjectionLabels', {
    args: ['labels'],
    meaning: 'A namespace has labels of several ways into the mesh.',
    text: 'the namespace has several labels for injection: {0}',
    fix: 'Keep one of the labels.',
  }),
  entry('0125', 'warning', 'InvalidAnnotation', {
    args: ['annotation', 'problem'],
    meaning: 'The value of an annotation cannot be used.',
    text: 'the annotation {0} is invalid: {1}',
    fix: 'Correct the value.',
  }),
  entry('0126', 'error', 'UnknownMeshNetworksServiceRegistry', {
    args: ['serviceregistry', 'network'],
    meaning: 'MeshNetworks names a registry, which is a cluster, that the mesh does not know.',
    text: 'the service registry {0} of network {1} is unknown',
    fix: 'Correct the name, or create the remote secret of the cluster.',
  }),
  entry('0127', 'warning', 'NoMatchingWorkloadsFound', {
    args: ['labels'],
    meaning: 'A policy selects no workload of the mesh.',
    text: 'no workload in the mesh has the labels "{0}"',
    fix: 'Correct the selector or the namespace; remove the policy if the workload is gone.',
  }),
  entry('0128', 'warning', 'NoServerCertificateVerificationDestinationLevel', {
    args: ['destinationrule', 'namespace', 'mode', 'host'],
    meaning: 'A DestinationRule sets up TLS without CA certificates: the certificate of the server is not checked.',
    text: 'the DestinationRule {0} in namespace "{1}" has TLS mode {2} for the host {3} and no caCertificates: the server is not verified',
    fix: 'Set tls.caCertificates, or credentialName together with a workloadSelector.',
  }),
  entry('0129', 'warning', 'NoServerCertificateVerificationPortLevel', {
    args: ['destinationrule', 'namespace', 'mode', 'host', 'port'],
    meaning: 'As IST0128, for the settings of one port.',
    text: 'the DestinationRule {0} in namespace "{1}" has TLS mode {2} for the host {3} at port {4} and no caCertificates: the server is not verified',
    fix: 'Set caCertificates in the TLS settings of the port.',
  }),
  entry('0130', 'warning', 'VirtualServiceUnreachableRule', {
    args: ['ruleno', 'reason'],
    meaning: 'A rule of a VirtualService is never used: an earlier one takes all its requests.',
    text: '{0}',
    fix: 'Remove the rule, or move it before the one that takes its requests.',
  }),
  entry('0131', 'info', 'VirtualServiceIneffectiveMatch', {
    args: ['ruleno', 'matchno', 'dupno'],
    meaning: 'One match of a rule is already in an earlier rule.',
    text: '{0}',
    fix: 'Remove the match.',
  }),
  entry('0132', 'warning', 'VirtualServiceHostNotFoundInGateway', {
    args: ['host', 'virtualservice', 'gateway'],
    meaning: 'A VirtualService is bound to a gateway that serves none of its hosts.',
    text: 'no host of {0} in the VirtualService {1} is served by the Gateway {2}',
    fix: 'Add the host to a server of the Gateway that this namespace may use, or correct hosts or gateways.',
  }),
  entry('0133', 'warning', 'SchemaWarning', {
    args: ['err'],
    meaning: 'The resource is accepted, but a part of it is questionable.',
    text: '{0}',
    fix: 'Look at the field that the message names.',
  }),
  entry('0134', 'warning', 'ServiceEntryAddressesRequired', {
    meaning:
      'A ServiceEntry with a TCP port has no addresses, and addresses are not allocated: it takes all traffic of that port.',
    text: 'ports without HTTP need addresses when addresses are not allocated automatically',
    fix: 'Set spec.addresses, or allocate them (ISTIO_META_DNS_CAPTURE with PILOT_ENABLE_IP_AUTOALLOCATE).',
  }),
  entry('0135', 'info', 'DeprecatedAnnotation', {
    args: ['annotation', 'extra'],
    meaning: 'An annotation is deprecated.',
    text: 'the annotation "{0}" is deprecated{1}',
    fix: 'Use what replaces it.',
  }),
  entry('0136', 'info', 'AlphaAnnotation', {
    args: ['annotation'],
    meaning: 'An annotation belongs to a feature in alpha. Only found when annotations.AlphaAnalyzer is asked for.',
    text: 'the annotation "{0}" belongs to a feature in alpha',
    fix: 'Do not rely on it in production.',
  }),
  entry('0137', 'warning', 'DeploymentConflictingPorts', {
    args: ['deployment', 'services', 'targetPort', 'ports'],
    meaning: 'Several Services lead from different ports to one target port of the same pods.',
    text: 'the deployment {0} belongs to the Services {1}, which lead to target port "{2}" from different ports: {3}',
    fix: 'Use one port for a target port.',
  }),
  entry('0138', 'warning', 'GatewayDuplicateCertificate', {
    args: ['gateways'],
    meaning: 'Gateways of one workload share a certificate: clients that reuse HTTP/2 connections may get 404.',
    text: 'the Gateways {0} use the same certificate; clients that reuse HTTP/2 connections may get 404',
    fix: 'Put the hosts of a certificate into one Gateway.',
  }),
  entry('0139', 'error', 'InvalidWebhook', {
    args: ['error'],
    meaning: 'A webhook for injection overlaps with another one, or calls a service that does not exist.',
    text: '{0}',
    fix: 'Remove the left-over webhook, or correct its selectors or its service.',
  }),
  entry('0140', 'warning', 'IngressRouteRulesNotAffected', {
    args: ['virtualservicesubset', 'virtualservice'],
    meaning:
      'A VirtualService of a gateway routes to a host whose subsets another VirtualService sets: gateways do not read that one.',
    text: 'subsets in VirtualService {0} do not apply to requests through the gateway of {1}',
    fix: 'Name the subset in the VirtualService of the gateway.',
  }),
  entry('0141', 'error', 'InsufficientPermissions', {
    args: ['resource', 'error'],
    meaning: 'The user may not create what an installation needs.',
    text: 'creating {0} is not allowed ({1})',
    fix: 'Ask for the right, or install with another user.',
  }),
  entry('0142', 'error', 'UnsupportedKubernetesVersion', {
    args: ['version', 'minimumVersion'],
    meaning: 'The version of Kubernetes is too old.',
    text: 'Kubernetes "{0}" is older than {1}',
    fix: 'Upgrade Kubernetes first.',
  }),
  entry('0143', 'error', 'LocalhostListener', {
    args: ['port'],
    meaning: 'A port of a Service is bound to localhost in its pods, so that other pods cannot reach it.',
    text: 'port {0} of a Service is only listened on at localhost',
    fix: 'Let the application listen on all addresses.',
  }),
  entry('0144', 'warning', 'InvalidApplicationUID', {
    meaning: 'A container runs with the user ID 1337, which belongs to the sidecar: its traffic bypasses the proxy.',
    text: 'the user ID 1337 is reserved for the proxy',
    fix: 'Use another runAsUser.',
  }),
  entry('0145', 'error', 'ConflictingGateways', {
    args: ['gateway', 'selector', 'portnumber', 'hosts'],
    meaning: 'Several Gateways of one workload have the same port and host.',
    text: 'conflicts with the Gateways {0} (selector {1}, port {2}, hosts {3})',
    fix: 'Put the host into one Gateway.',
  }),
  entry('0146', 'warning', 'ImageAutoWithoutInjectionWarning', {
    args: ['resourceType', 'resourceName'],
    meaning: 'A workload expects injection to set its image, but no webhook selects it.',
    text: '{0} {1} has `image: auto`, but no webhook for injection selects it',
    fix: 'Label the namespace or the pod template for injection.',
  }),
  entry('0147', 'error', 'ImageAutoWithoutInjectionError', {
    args: ['resourceType', 'resourceName'],
    meaning: 'A pod runs with the image `auto`: it was made without injection and cannot start.',
    text: '{0} {1} has `image: auto`: it was not injected',
    fix: 'Enable injection, then make the pod anew.',
  }),
  entry('0148', 'info', 'NamespaceInjectionEnabledByDefault', {
    meaning: 'The namespace has no label; it is injected because enableNamespacesByDefault is set.',
    text: 'is enabled for injection by enableNamespacesByDefault',
    fix: 'Nothing, or label it istio-injection=disabled.',
  }),
  entry('0149', 'error', 'JwtClaimBasedRoutingWithoutRequestAuthN', {
    args: ['key', 'gateway', 'pod'],
    meaning: 'Routes depend on claims of a token that no RequestAuthentication checks at the gateway.',
    text: 'routing by the claim {0} needs a RequestAuthentication for the pod {2} of the gateway {1}',
    fix: 'Create a RequestAuthentication that selects the pods of the gateway.',
  }),
  entry('0150', 'warning', 'ExternalNameServiceTypeInvalidPortName', {
    meaning: 'A port of an ExternalName Service is treated as TCP: it takes traffic of other hosts at that port.',
    text: 'the name of a port of an ExternalName Service must tell a protocol other than tcp',
    fix: 'Name the port by its protocol, such as https.',
  }),
  entry('0151', 'warning', 'EnvoyFilterUsesRelativeOperation', {
    meaning: 'A patch depends on others and has no priority: it may be applied before them and do nothing.',
    text: 'a relative patch without a priority may not be applied',
    fix: 'Use INSERT_FIRST or ADD, or set spec.priority.',
  }),
  entry('0152', 'error', 'EnvoyFilterUsesReplaceOperationIncorrectly', {
    meaning: 'REPLACE does nothing for this applyTo.',
    text: 'REPLACE is only for HTTP_FILTER, NETWORK_FILTER and VIRTUAL_HOST',
    fix: 'Use MERGE.',
  }),
  entry('0153', 'error', 'EnvoyFilterUsesAddOperationIncorrectly', {
    meaning: 'ADD does nothing for this applyTo.',
    text: 'ADD is ignored for ROUTE_CONFIGURATION and HTTP_ROUTE',
    fix: 'Use MERGE, or INSERT_FIRST for routes.',
  }),
  entry('0154', 'error', 'EnvoyFilterUsesRemoveOperationIncorrectly', {
    meaning: 'REMOVE does nothing for this applyTo.',
    text: 'REMOVE is ignored for ROUTE_CONFIGURATION and HTTP_ROUTE',
    fix: 'Remove the route at its source.',
  }),
  entry('0155', 'warning', 'EnvoyFilterUsesRelativeOperationWithProxyVersion', {
    meaning:
      'As IST0151, and an earlier patch of the same filter is for one version of the proxy: an upgrade breaks it.',
    text: 'a relative patch without a priority follows a patch for one proxy version; it may not be applied after an upgrade',
    fix: 'Use INSERT_FIRST or ADD, or set spec.priority.',
  }),
  entry('0156', 'error', 'UnsupportedGatewayAPIVersion', {
    args: ['version', 'minimumVersion'],
    meaning: 'The cluster does not serve the version of the Gateway API that is needed.',
    text: 'the versions {0} of this Gateway API kind are served; {1} is needed',
    fix: 'Install newer Gateway API CRDs.',
  }),
  entry('0157', 'warning', 'InvalidTelemetryProvider', {
    args: ['name', 'namespace'],
    meaning: 'A Telemetry sets up access logs without a provider, and the mesh has no default one: it is ignored.',
    text: 'the Telemetry {0} in namespace "{1}" names no provider for access logs and is ignored',
    fix: 'Name a provider, or set defaultProviders.accessLogging in the mesh configuration.',
  }),
  entry('0158', 'warning', 'PodsIstioProxyImageMismatchInNamespace', {
    args: ['podNames'],
    meaning: 'Pods run with another proxy image than injection sets now.',
    text: 'pods run with another proxy image than injection sets: {0}',
    fix: 'Restart the workloads.',
  }),
  entry('0159', 'error', 'ConflictingTelemetryWorkloadSelectors', {
    args: ['conflictingTelemetries', 'namespace', 'workloadPod'],
    meaning: 'Several Telemetries select one workload; which of them counts is undefined.',
    text: 'the Telemetries {0} in namespace "{1}" select the same pod "{2}"',
    fix: 'Make the selectors disjoint.',
  }),
  entry('0160', 'error', 'MultipleTelemetriesWithoutWorkloadSelectors', {
    args: ['conflictingTelemetries', 'namespace'],
    meaning: 'A namespace has several Telemetries without a selector; which of them counts is undefined.',
    text: 'the Telemetries {0} in namespace "{1}" all have no workload selector',
    fix: 'Keep one without a selector.',
  }),
  entry('0161', 'error', 'InvalidGatewayCredential', {
    args: ['gatewayName', 'gatewayNamespace'],
    meaning:
      'The Secret of a Gateway holds no usable certificate: keys are missing, it is no certificate, or it has expired.',
    text: 'the credential of the Gateway {0} in namespace {1} holds no valid certificate',
    fix: 'Renew the Secret; it needs tls.crt and tls.key, or cert and key.',
  }),
  entry('0162', 'warning', 'GatewayPortNotDefinedOnService', {
    args: ['port', 'selector'],
    meaning: 'A Gateway listens on a port that no Service of its workload exposes.',
    text: 'port {0} is no target port of a Service of the pods with {1}; it cannot be reached through a Service',
    fix: 'Add the port to the Service, or use the target port of one that it has.',
  }),
  entry('0163', 'warning', 'InvalidExternalControlPlaneConfig', {
    args: ['hostname', 'webhook', 'msg'],
    meaning: 'A webhook names no usable address of the external control plane.',
    text: 'the address "{0}" of the webhook {1} for the external control plane {2}',
    fix: 'Set the URL of the webhook.',
  }),
  entry('0164', 'info', 'ExternalControlPlaneAddressIsNotAHostname', {
    args: ['hostname', 'webhook'],
    meaning: 'A webhook reaches the external control plane by IP address.',
    text: 'the address "{0}" of the webhook {1} for the external control plane is an IP address',
    fix: 'Use a host name in production.',
  }),
  entry('0165', 'warning', 'ReferencedInternalGateway', {
    args: ['virtualservice', 'gateway'],
    meaning: 'A VirtualService names a Gateway that was generated from a Kubernetes Gateway; its name may change.',
    text: 'the VirtualService {0} names the generated Gateway {1}',
    fix: 'Use an HTTPRoute with the Kubernetes Gateway as its parent.',
  }),
  entry('0166', 'warning', 'IneffectiveSelector', {
    args: ['gateway'],
    meaning: 'A policy selects the pods of a Kubernetes Gateway by labels; there only targetRef counts.',
    text: 'the selector does not apply to the Kubernetes Gateway {0}',
    fix: 'Use targetRefs.',
  }),
  entry('0167', 'warning', 'IneffectivePolicy', {
    args: ['reason'],
    meaning: 'The resource has no effect.',
    text: 'has no effect: {0}',
    fix: 'Remove it, or move the workload into the mode that it is for.',
  }),
  entry('0168', 'warning', 'UnknownUpgradeCompatibility', {
    args: ['field', 'release', 'info', 'compatVersion'],
    meaning: 'A default changed with a release, and it cannot be told whether that matters here.',
    text: 'the configuration "{0}" changed in release {1}: {2}; compatibilityVersion={3} keeps the old default',
    fix: 'Read the notes of the release.',
  }),
  entry('0169', 'warning', 'UpdateIncompatibility', {
    args: ['field', 'release', 'info', 'compatVersion'],
    meaning: 'Something in use behaves differently after the upgrade.',
    text: 'the configuration "{0}" changed in release {1}: {2}; compatibilityVersion={3} keeps the old default',
    fix: 'Change the configuration before the upgrade, or keep the old default for now.',
  }),
  entry('0170', 'warning', 'MultiClusterInconsistentService', {
    args: ['serviceName', 'namespace', 'clusters', 'error'],
    meaning: 'One Service is different in several clusters of the mesh.',
    text: 'the Service {0} in namespace "{1}" differs between the clusters {2}: {3}',
    fix: 'Make it the same in all clusters.',
  }),
  entry('0171', 'warning', 'NegativeConditionStatus', {
    args: ['conditionType', 'reason', 'message'],
    meaning: 'The status of the resource says that something does not work.',
    text: 'the condition {0} is negative: {1}: {2}',
    fix: 'Follow the reason of the condition.',
  }),
  entry('0172', 'warning', 'FutureUnsupportedGatewayAPIVersion', {
    args: ['version', 'minimumVersion'],
    meaning: 'A later release needs a newer version of the Gateway API than the cluster serves.',
    text: 'the versions {0} of this Gateway API kind are served; {1} will be needed',
    fix: 'Install newer Gateway API CRDs.',
  }),
  entry('0173', 'error', 'DestinationRuleSubsetNotSelectPods', {
    args: ['subset'],
    meaning: 'A subset selects no pod: requests to it fail with 503.',
    text: 'the subset {0} selects no pod',
    fix: 'Correct the labels of the subset.',
  }),
  entry('0174', 'warning', 'UnknownDestinationRuleHost', {
    args: ['host'],
    meaning: 'A DestinationRule is for a host that is no service of the mesh.',
    text: 'the host {0} is no Service and no ServiceEntry of the mesh',
    fix: 'Correct the host, or create the Service.',
  }),
  entry('0175', 'warning', 'JwksUriFetchUnrestricted', {
    args: ['count', 'names'],
    meaning: 'The control plane fetches keys from any address that a RequestAuthentication names.',
    text: 'BLOCKED_CIDRS_IN_JWKS_URIS is not set and {0} RequestAuthentications exist ({1})',
    fix: 'Set BLOCKED_CIDRS_IN_JWKS_URIS on the control plane.',
  }),
  entry('0176', 'warning', 'GatewayAPICRDVersionBelowMinimum', {
    args: ['crd', 'installedVersion', 'minimumVersion'],
    meaning: 'A CRD of the Gateway API is too old: its objects are not read.',
    text: 'the CRD "{0}" has version "{1}"; "{2}" is needed for its objects to be read',
    fix: 'Upgrade the Gateway API CRDs.',
  }),
  entry('0177', 'warning', 'ConflictingServiceEntryProtocol', {
    args: ['serviceEntryNames', 'host', 'port', 'protocols'],
    meaning: 'ServiceEntries give one host and port different protocols.',
    text: 'the ServiceEntries ({0}) give the host "{1}" at port {2} different protocols ({3})',
    fix: 'Use one protocol for a port of a host.',
  }),
];
