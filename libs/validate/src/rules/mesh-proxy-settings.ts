import type { FieldPath, ProxySettings } from '@malla/model';
import type { Findings } from '../findings.ts';
import { splitHostPort } from '../values/addresses.ts';
import { complaint, isGiven, quoted, type Complaint } from '../values/complaint.ts';
import { checkDuration } from '../values/durations.ts';
import { hostProblem } from '../values/hosts.ts';
import { portProblem, portTextProblem } from '../values/ports.ts';
import { checkClientTls } from './client-tls.ts';

/** Checks what all proxies start with. Source: Istio pkg/config/validation/agent, ValidateMeshConfigProxyConfig. */
export function checkProxySettings(findings: Findings, path: FieldPath, settings: ProxySettings): void {
  for (const field of ['discoveryAddress', 'statsdUdpAddress', 'envoyMetricsServiceAddress', 'zipkinAddress'] as const)
    if (isGiven(settings[field])) findings.refuse([...path, field], hostAndPortProblem(settings[field]));
  for (const field of ['envoyMetricsService', 'envoyAccessLogService'] as const) {
    const address = settings[field]?.address;
    if (isGiven(address)) findings.refuse([...path, field, 'address'], hostAndPortProblem(address));
  }
  for (const field of ['proxyAdminPort', 'statusPort'] as const)
    if (settings[field] !== undefined && settings[field] !== 0)
      findings.refuse([...path, field], portProblem(settings[field]));
  if (settings.serviceCluster === '')
    findings.error([...path, 'serviceCluster'], 'must not be empty', 'leave it out for the name of the workload');
  if (settings.controlPlaneAuthPolicy === 'INHERIT')
    findings.error([...path, 'controlPlaneAuthPolicy'], 'has nothing to inherit from', 'use MUTUAL_TLS or NONE');
  checkDuration(findings, [...path, 'drainDuration'], settings.drainDuration, { step: 1000 });
  if (settings.proxyMetadata !== undefined && Object.hasOwn(settings.proxyMetadata, 'ISTIO_META_DNS_AUTO_ALLOCATE'))
    findings.warning(
      [...path, 'proxyMetadata', 'ISTIO_META_DNS_AUTO_ALLOCATE'],
      'is an old way: services get addresses by themselves',
      'leave it out',
    );
  checkTracing(findings, [...path, 'tracing'], settings.tracing);
  checkAccelerator(findings, [...path, 'privateKeyProvider'], settings.privateKeyProvider);
  checkConnections(findings, [...path, 'connectionSettings'], settings.connectionSettings);
}

/** What is wrong with `host:port`, or undefined; `$(HOST_IP)` is filled in on each machine. */
function hostAndPortProblem(text: string): Complaint | undefined {
  const found = splitHostPort(text.replace('$(HOST_IP)', '127.0.0.1'));
  if (found === undefined) return complaint(`is not host:port: ${quoted(text)}`, 'write it as in a.b.svc:9411');
  return portTextProblem(found.port) ?? hostProblem(found.host);
}

function checkTracing(findings: Findings, path: FieldPath, tracing: ProxySettings['tracing']): void {
  if (tracing === undefined) return;
  for (const field of ['zipkin', 'lightstep', 'datadog'] as const) {
    if (tracing[field] !== undefined)
      findings.refuse([...path, field, 'address'], hostAndPortProblem(tracing[field].address ?? ''));
  }
  if (tracing.lightstep !== undefined && !isGiven(tracing.lightstep.accessToken))
    findings.error([...path, 'lightstep', 'accessToken'], 'is required', 'give the token of the project');
  checkClientTls(findings, [...path, 'tlsSettings'], tracing.tlsSettings, '');
}

function checkAccelerator(findings: Findings, path: FieldPath, provider: ProxySettings['privateKeyProvider']): void {
  if (provider === undefined) return;
  const kind = (['cryptomb', 'qat'] as const).find((each) => provider[each] !== undefined);
  if (kind === undefined) return findings.error(path, 'names no provider', 'give cryptomb or qat');
  const { pollDelay } = provider[kind] ?? {};
  if (pollDelay === undefined)
    findings.error([...path, kind, 'pollDelay'], 'is required', 'give a duration, such as 10ms');
}

const atLeast = {
  listenerPerConnectionBufferLimitBytes: 0,
  clusterPerConnectionBufferLimitBytes: 0,
  httpMaxConcurrentStreams: 1,
  http2InitialStreamWindowSize: 65_535,
  http2InitialConnectionWindowSize: 65_535,
  listenerConnectionLimit: 1,
  globalDownstreamConnectionLimit: 1,
} as const;

function checkConnections(findings: Findings, path: FieldPath, settings: ProxySettings['connectionSettings']): void {
  for (const [field, least] of Object.entries(atLeast) as [keyof typeof atLeast, number][]) {
    const value = settings?.[field] ?? undefined;
    if (value !== undefined && value < least)
      findings.error([...path, field], `must be at least ${least}`, 'leave it out for the default');
  }
}
