import type { FieldPath, MeshConfig, MeshConfigSpec, Network } from '@malla/model';
import type { Findings } from '../findings.ts';
import { subnetProblem } from '../values/addresses.ts';
import { checkCipherSuites, checkCurves } from '../values/cipher-suites.ts';
import { complaint, isGiven, quoted, type Complaint } from '../values/complaint.ts';
import { checkDuration } from '../values/durations.ts';
import { fqdnProblem, hostProblem, isDnsLabel, wildcardDomainProblem } from '../values/hosts.ts';
import { portProblem } from '../values/ports.ts';
import { checkConnectionPool } from './connection-pool.ts';
import { checkLocalityLb, checkZoneAwareLb } from './locality.ts';
import { checkExtensionProviders } from './mesh-providers.ts';
import { checkProxySettings } from './mesh-proxy-settings.ts';
import { checkOutlierDetection } from './traffic-policy.ts';

/** Longest time for a connection to open, in milliseconds: one hour. */
const maxConnectTimeout = 3_600_000;

/**
 * Checks a MeshConfig. What is left out has Istio's default, which is valid. Source: Istio pkg/config/validation/agent,
 * ValidateMeshConfig and ValidateMeshNetworks.
 */
export function checkMeshConfig(findings: Findings, resource: MeshConfig): void {
  const spec: MeshConfigSpec = resource.spec ?? {};
  for (const field of ['proxyListenPort', 'proxyInboundListenPort'] as const)
    if ((spec[field] ?? 0) !== 0) findings.refuse(['spec', field], portProblem(spec[field]));
  checkDuration(findings, ['spec', 'connectTimeout'], spec.connectTimeout, { most: maxConnectTimeout });
  checkDuration(findings, ['spec', 'protocolDetectionTimeout'], spec.protocolDetectionTimeout, { zero: true });
  checkLocalityLb(findings, ['spec', 'localityLbSetting'], spec.localityLbSetting, true);
  checkZoneAwareLb(findings, ['spec', 'zoneAwareLbSetting'], spec.zoneAwareLbSetting, true);
  checkConnectionPool(
    findings,
    ['spec', 'defaultTrafficPolicy', 'connectionPool'],
    spec.defaultTrafficPolicy?.connectionPool,
  );
  checkOutlierDetection(
    findings,
    ['spec', 'defaultTrafficPolicy', 'outlierDetection'],
    spec.defaultTrafficPolicy?.outlierDetection,
  );
  checkTrustDomains(findings, spec);
  for (const [i, { hosts = [] }] of (spec.serviceSettings ?? []).entries()) {
    for (const [j, host] of hosts.entries())
      findings.refuse(['spec', 'serviceSettings', i, 'hosts', j], wildcardDomainProblem(host));
  }
  if (spec.meshMTLS?.ecdhCurves !== undefined)
    findings.error(
      ['spec', 'meshMTLS', 'ecdhCurves'],
      'the mesh chooses its own curves',
      'leave it out, or use tlsDefaults',
    );
  checkCurves(findings, ['spec', 'tlsDefaults', 'ecdhCurves'], spec.tlsDefaults?.ecdhCurves);
  checkCipherSuites(findings, ['spec', 'tlsDefaults', 'cipherSuites'], spec.tlsDefaults?.cipherSuites);
  checkExtensionProviders(findings, ['spec', 'extensionProviders'], spec.extensionProviders ?? []);
  if (spec.defaultConfig !== undefined) checkProxySettings(findings, ['spec', 'defaultConfig'], spec.defaultConfig);
  for (const name in spec.networks) checkNetwork(findings, ['spec', 'networks', name], spec.networks[name] as Network);
}

/** Labels of a DNS name; the last may be empty. Source: https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md#21-trust-domain */
function trustDomainNameProblem(name: string): Complaint | undefined {
  const parts = name.split('.');
  return name !== '' && parts.every((part, i) => isDnsLabel(part) || (part === '' && i === parts.length - 1))
    ? undefined
    : complaint(`is not a trust domain: ${quoted(name)}`, 'write it as in cluster.local');
}

function checkTrustDomains(findings: Findings, { trustDomain, trustDomainAliases = [] }: MeshConfigSpec): void {
  if (isGiven(trustDomain)) findings.refuse(['spec', 'trustDomain'], trustDomainNameProblem(trustDomain));
  for (const [i, alias] of trustDomainAliases.entries())
    findings.refuse(['spec', 'trustDomainAliases', i], trustDomainNameProblem(alias));
}

function checkNetwork(findings: Findings, path: FieldPath, { endpoints, gateways }: Network): void {
  for (const [i, { fromCidr, fromRegistry }] of endpoints.entries()) {
    const at = [...path, 'endpoints', i];
    if (fromCidr !== undefined) findings.refuse([...at, 'fromCidr'], subnetProblem(fromCidr));
    if (fromRegistry !== undefined && !isDnsLabel(fromRegistry))
      findings.error(
        [...at, 'fromRegistry'],
        `is not the name of a registry: ${quoted(fromRegistry)}`,
        'name a cluster',
      );
  }
  for (const [i, { registryServiceName, address, port }] of gateways.entries()) {
    const at = [...path, 'gateways', i];
    if (registryServiceName !== undefined)
      findings.refuse([...at, 'registryServiceName'], fqdnProblem(registryServiceName));
    if (address !== undefined) findings.refuse([...at, 'address'], hostProblem(address));
    findings.refuse([...at, 'port'], portProblem(port));
  }
}
