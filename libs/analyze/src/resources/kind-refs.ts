/** A kind without its version, as `group/Kind`; core kinds begin with the slash. */
export type KindRef = `${string}/${string}`;

/** The kinds that analyzers read. */
export const kindRefs = {
  service: '/Service',
  namespace: '/Namespace',
  node: '/Node',
  pod: '/Pod',
  secret: '/Secret',
  configMap: '/ConfigMap',
  deployment: 'apps/Deployment',
  customResourceDefinition: 'apiextensions.k8s.io/CustomResourceDefinition',
  mutatingWebhook: 'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  validatingWebhook: 'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
  virtualService: 'networking.istio.io/VirtualService',
  destinationRule: 'networking.istio.io/DestinationRule',
  gateway: 'networking.istio.io/Gateway',
  serviceEntry: 'networking.istio.io/ServiceEntry',
  workloadEntry: 'networking.istio.io/WorkloadEntry',
  workloadGroup: 'networking.istio.io/WorkloadGroup',
  sidecar: 'networking.istio.io/Sidecar',
  envoyFilter: 'networking.istio.io/EnvoyFilter',
  proxyConfig: 'networking.istio.io/ProxyConfig',
  authorizationPolicy: 'security.istio.io/AuthorizationPolicy',
  peerAuthentication: 'security.istio.io/PeerAuthentication',
  requestAuthentication: 'security.istio.io/RequestAuthentication',
  telemetry: 'telemetry.istio.io/Telemetry',
  wasmPlugin: 'extensions.istio.io/WasmPlugin',
  trafficExtension: 'extensions.istio.io/TrafficExtension',
  kubernetesGateway: 'gateway.networking.k8s.io/Gateway',
  httpRoute: 'gateway.networking.k8s.io/HTTPRoute',
  grpcRoute: 'gateway.networking.k8s.io/GRPCRoute',
} as const satisfies Record<string, KindRef>;

/**
 * Kinds that files alone do not tell: what runs in a cluster. Like istioctl, analysis of files without a server leaves them out, and with
 * them the analyzers that read one. Source: Istio pkg/config/analysis/legacy/util/kuberesource
 */
export const runtimeKinds: ReadonlySet<KindRef> = new Set<KindRef>([
  kindRefs.service,
  kindRefs.namespace,
  kindRefs.node,
  kindRefs.pod,
  kindRefs.secret,
]);

/** Kinds without a namespace. */
export const clusterKinds: ReadonlySet<KindRef> = new Set<KindRef>([
  kindRefs.namespace,
  kindRefs.node,
  kindRefs.customResourceDefinition,
  kindRefs.mutatingWebhook,
  kindRefs.validatingWebhook,
  'gateway.networking.k8s.io/GatewayClass',
]);

/** Namespaces of Kubernetes itself: nothing in them is analysed. Source: Istio pkg/kube/inject, IgnoredNamespaces */
export const ignoredNamespaces: ReadonlySet<string> = new Set([
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'local-path-storage',
]);

/** The kind of an object by its apiVersion and kind. */
export function kindRefOf(object: { readonly apiVersion: string; readonly kind: string }): KindRef {
  const slash = object.apiVersion.indexOf('/');
  return `${slash < 0 ? '' : object.apiVersion.slice(0, slash)}/${object.kind}`;
}
