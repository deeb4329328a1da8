/**
 * Variables of a proxy's environment that tell spans of its own workload; the agent sets them. `resource` is OpenTelemetry's, as
 * `service.name=reviews.default`.
 */
export const traceEnvironment = {
  resource: 'OTEL_RESOURCE_ATTRIBUTES',
  canonicalService: 'MALLA_TRACE_CANONICAL_SERVICE',
  canonicalRevision: 'MALLA_TRACE_CANONICAL_REVISION',
  meshId: 'MALLA_TRACE_MESH_ID',
  namespace: 'MALLA_TRACE_NAMESPACE',
  cluster: 'MALLA_TRACE_CLUSTER_ID',
} as const;
