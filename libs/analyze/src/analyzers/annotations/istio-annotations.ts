/** How far a feature is. */
export type FeatureStatus = 'alpha' | 'beta' | 'stable';

/** An annotation that Istio reads. */
export interface AnnotationDefinition {
  readonly status: FeatureStatus;
  readonly deprecated: boolean;
  /** Kinds that it is read on; `Any` for all. */
  readonly kinds: readonly string[];
}

function annotation(status: FeatureStatus, kinds: readonly string[], deprecated = false): AnnotationDefinition {
  return { status, kinds, deprecated };
}

const pod = ['Pod'];

/** Annotations of Istio 1.32. Source: https://istio.io/latest/docs/reference/config/annotations/ */
export const istioAnnotations: Readonly<Record<string, AnnotationDefinition>> = {
  'alpha.istio.io/canonical-serviceaccounts': annotation('alpha', ['Service'], true),
  'alpha.istio.io/kubernetes-serviceaccounts': annotation('alpha', ['Service'], true),
  'ambient.istio.io/bypass-inbound-capture': annotation('alpha', pod),
  'ambient.istio.io/dns-capture': annotation('alpha', pod),
  'ambient.istio.io/redirection': annotation('beta', pod),
  'ambient.istio.io/waypoint-inbound-binding': annotation('alpha', ['GatewayClass', 'Gateway']),
  'galley.istio.io/analyze-suppress': annotation('alpha', ['Any']),
  'gateway.istio.io/controller-version': annotation('alpha', ['Any']),
  'gateway.istio.io/name-override': annotation('alpha', ['Gateway']),
  'gateway.istio.io/service-account': annotation('alpha', ['Gateway']),
  'inject.istio.io/templates': annotation('alpha', pod),
  'istio.io/autoRegistrationGroup': annotation('alpha', ['WorkloadEntry']),
  'istio.io/connectedAt': annotation('alpha', ['WorkloadEntry']),
  'istio.io/disconnectedAt': annotation('alpha', ['WorkloadEntry']),
  'istio.io/dry-run': annotation('alpha', ['AuthorizationPolicy']),
  'istio.io/reroute-virtual-interfaces': annotation('alpha', pod),
  'istio.io/rev': annotation('alpha', pod),
  'istio.io/use-waypoint-canary-weight': annotation('alpha', ['Service', 'ServiceEntry', 'Namespace']),
  'istio.io/workloadController': annotation('alpha', ['WorkloadEntry']),
  'kubernetes.io/ingress.class': annotation('stable', ['Ingress']),
  'networking.istio.io/exportTo': annotation('alpha', ['Service']),
  'networking.istio.io/service-type': annotation('alpha', ['Gateway']),
  'networking.istio.io/traffic-distribution': annotation('alpha', ['Namespace', 'Service', 'ServiceEntry']),
  'prometheus.istio.io/merge-metrics': annotation('alpha', pod),
  'proxy.istio.io/config': annotation('beta', pod),
  'proxy.istio.io/overrides': annotation('alpha', pod),
  'readiness.status.sidecar.istio.io/applicationPorts': annotation('alpha', pod),
  'readiness.status.sidecar.istio.io/failureThreshold': annotation('alpha', pod),
  'readiness.status.sidecar.istio.io/initialDelaySeconds': annotation('alpha', pod),
  'readiness.status.sidecar.istio.io/periodSeconds': annotation('alpha', pod),
  'sidecar.istio.io/agentLogLevel': annotation('alpha', pod),
  'sidecar.istio.io/bootstrapOverride': annotation('alpha', pod),
  'sidecar.istio.io/componentLogLevel': annotation('alpha', pod),
  'sidecar.istio.io/discoveryAddress': annotation('alpha', pod, true),
  'sidecar.istio.io/extraStatTags': annotation('alpha', pod, true),
  'sidecar.istio.io/inject': annotation('beta', pod, true),
  'sidecar.istio.io/interceptionMode': annotation('alpha', pod),
  'sidecar.istio.io/logLevel': annotation('alpha', pod),
  'sidecar.istio.io/nativeSidecar': annotation('alpha', pod),
  'sidecar.istio.io/proxyCPU': annotation('alpha', pod),
  'sidecar.istio.io/proxyCPULimit': annotation('alpha', pod),
  'sidecar.istio.io/proxyImage': annotation('alpha', pod),
  'sidecar.istio.io/proxyImageType': annotation('alpha', pod),
  'sidecar.istio.io/proxyMemory': annotation('alpha', pod),
  'sidecar.istio.io/proxyMemoryLimit': annotation('alpha', pod),
  'sidecar.istio.io/rewriteAppHTTPProbers': annotation('alpha', pod),
  'sidecar.istio.io/statsCompression': annotation('alpha', pod, true),
  'sidecar.istio.io/statsEvictionInterval': annotation('alpha', pod),
  'sidecar.istio.io/statsFlushInterval': annotation('alpha', pod),
  'sidecar.istio.io/statsHistogramBins': annotation('alpha', pod),
  'sidecar.istio.io/statsHistogramBuckets': annotation('alpha', pod),
  'sidecar.istio.io/statsInclusionPrefixes': annotation('alpha', pod, true),
  'sidecar.istio.io/statsInclusionRegexps': annotation('alpha', pod, true),
  'sidecar.istio.io/statsInclusionSuffixes': annotation('alpha', pod, true),
  'sidecar.istio.io/status': annotation('alpha', pod),
  'sidecar.istio.io/userVolume': annotation('alpha', pod),
  'sidecar.istio.io/userVolumeMount': annotation('alpha', pod),
  'status.sidecar.istio.io/port': annotation('alpha', pod),
  'topology.istio.io/controlPlaneClusters': annotation('alpha', ['Namespace']),
  'traffic.istio.io/nodeSelector': annotation('stable', ['Service']),
  'traffic.sidecar.istio.io/excludeInboundPorts': annotation('alpha', pod),
  'traffic.sidecar.istio.io/excludeInterfaces': annotation('alpha', pod),
  'traffic.sidecar.istio.io/excludeOutboundIPRanges': annotation('alpha', pod),
  'traffic.sidecar.istio.io/excludeOutboundPorts': annotation('alpha', pod),
  'traffic.sidecar.istio.io/includeInboundPorts': annotation('alpha', pod),
  'traffic.sidecar.istio.io/includeOutboundIPRanges': annotation('alpha', pod),
  'traffic.sidecar.istio.io/includeOutboundPorts': annotation('alpha', pod),
  'traffic.sidecar.istio.io/kubevirtInterfaces': annotation('alpha', pod, true),
};

/** Set by Istio itself: nobody can do anything about them. */
export const ownAnnotations: ReadonlySet<string> = new Set([
  'sidecar.istio.io/status',
  'gateway.istio.io/controller-version',
  'istio.io/rev',
]);

/** Whether an annotation is meant for Istio, known or not. */
export function isIstioAnnotation(name: string): boolean {
  return name === 'kubernetes.io/ingress.class' || (name.split('/')[0] ?? '').endsWith('istio.io');
}
