import { traceEnvironment } from '@malla/ir';
import type { AgentSettings } from '../settings/agent-settings.ts';
import { peerMetadata } from './workload.ts';

/**
 * What spans of the data plane say of the workload, as variables of its process: configuration is shared by workloads and cannot say it. service.name is
 * `<app>.<namespace>`, as Istio has it by default; attributes that the agent was given itself (OTEL_RESOURCE_ATTRIBUTES) win.
 * Source: https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#ProxyConfig-TracingServiceName
 */
export function traceVariables(settings: AgentSettings, given: string | undefined): Readonly<Record<string, string>> {
  const { namespace, canonicalService, canonicalRevision, cluster } = peerMetadata(settings);
  const app = settings.labels['app'] ?? canonicalService;
  const attributes = [`service.name=${app}.${namespace}`, ...(given === undefined || given === '' ? [] : [given])];
  return {
    [traceEnvironment.resource]: attributes.join(','),
    [traceEnvironment.canonicalService]: canonicalService,
    [traceEnvironment.canonicalRevision]: canonicalRevision,
    // A mesh is one trust domain.
    [traceEnvironment.meshId]: settings.trustDomain,
    [traceEnvironment.namespace]: namespace,
    [traceEnvironment.cluster]: cluster,
  };
}
