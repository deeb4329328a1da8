import type { FieldPath, SidecarIngress } from '@malla/model';
import type { Findings } from '../findings.ts';
import { ipProblem, splitHostPort, unixPrefix, unixSocketProblem } from '../values/addresses.ts';
import { isGiven } from '../values/complaint.ts';
import { portTextProblem } from '../values/ports.ts';
import { findProtocol } from '../values/protocols.ts';
import { checkConnectionPool } from './connection-pool.ts';
import { checkServerTls } from './server-tls.ts';

/** Checks a port that a Sidecar takes in, but for the port itself. Source: Istio, ValidateSidecar. */
export function checkSidecarIngress(findings: Findings, path: FieldPath, listener: SidecarIngress): void {
  const { bind, defaultEndpoint, port, connectionPool } = listener;
  if (isGiven(bind)) findings.refuse([...path, 'bind'], ipProblem(bind));
  if (isGiven(defaultEndpoint)) checkEndpoint(findings, [...path, 'defaultEndpoint'], defaultEndpoint);
  checkTls(findings, [...path, 'tls'], listener);
  checkConnectionPool(findings, [...path, 'connectionPool'], connectionPool);
  if (connectionPool?.http !== undefined && findProtocol(port.protocol ?? '')?.http !== true)
    findings.warning(
      [...path, 'connectionPool', 'http'],
      'has no effect: the port is not HTTP',
      'give tcp, or a protocol of HTTP',
    );
}

const hosts = ['', '127.0.0.1', '0.0.0.0', '::1', '::'];

function checkEndpoint(findings: Findings, path: FieldPath, endpoint: string): void {
  if (endpoint.startsWith(unixPrefix))
    return findings.refuse(path, unixSocketProblem(endpoint.slice(unixPrefix.length)));
  const found = splitHostPort(endpoint);
  const hint = 'write 127.0.0.1:PORT, 0.0.0.0:PORT, [::1]:PORT, [::]:PORT or unix:///path';
  if (found === undefined) return findings.error(path, 'must be an address with a port, or a Unix socket', hint);
  if (!hosts.includes(found.host)) findings.error(path, 'must be an address of the workload itself', hint);
  findings.refuse(path, portTextProblem(found.port));
}

/** Fields of TLS that a sidecar does not have. */
const missing = ['subjectAltNames', 'credentialName', 'credentialNames', 'tlsCertificates'] as const;

function checkTls(findings: Findings, path: FieldPath, { tls, port }: SidecarIngress): void {
  if (tls === undefined) return;
  for (const field of missing) {
    if ((tls[field] ?? '').length > 0)
      findings.error([...path, field], 'is not for sidecars', 'give serverCertificate, privateKey and caCertificates');
  }
  if (tls.httpsRedirect === true) findings.error([...path, 'httpsRedirect'], 'is not for sidecars', 'leave it out');
  if (tls.mode === 'ISTIO_MUTUAL' || tls.mode === 'AUTO_PASSTHROUGH')
    findings.error([...path, 'mode'], `${tls.mode} is not for sidecars`, 'use SIMPLE or MUTUAL');
  if (findProtocol(port.protocol ?? '')?.tls !== true)
    findings.error(path, 'needs a port of HTTPS or TLS', 'set port.protocol');
  checkServerTls(findings, path, tls);
}
