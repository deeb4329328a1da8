import type { FieldPath, TrafficPolicy } from '@malla/model';
import type { Findings } from '../findings.ts';
import { checkDuration } from '../values/durations.ts';
import { hostProblem } from '../values/hosts.ts';
import { isToken } from '../values/names.ts';

type Blocks = Omit<TrafficPolicy, 'portLevelSettings'>;

/** Checks a traffic policy with the settings of its ports. */
export function checkTrafficPolicy(findings: Findings, path: FieldPath, policy: TrafficPolicy | undefined): void {
  if (policy === undefined) return;
  if (Object.keys(policy).length === 0) findings.error(path, 'must have at least one field');
  checkBlocks(findings, path, policy);
  const seen = new Set<number>();
  for (const [i, settings] of (policy.portLevelSettings ?? []).entries()) {
    const at = [...path, 'portLevelSettings', i];
    if (Object.keys(settings).length === 1) findings.error(at, 'must have at least one field besides port');
    if (seen.has(settings.port.number))
      findings.error([...at, 'port', 'number'], `port ${settings.port.number} stands twice`);
    seen.add(settings.port.number);
    checkBlocks(findings, at, settings);
  }
}

function checkBlocks(findings: Findings, path: FieldPath, blocks: Blocks): void {
  checkLoadBalancer(findings, [...path, 'loadBalancer'], blocks.loadBalancer);
  checkConnectionPool(findings, [...path, 'connectionPool'], blocks.connectionPool);
  checkOutlierDetection(findings, [...path, 'outlierDetection'], blocks.outlierDetection);
  checkTls(findings, [...path, 'tls'], blocks.tls);
}

function checkLoadBalancer(findings: Findings, path: FieldPath, balancer: Blocks['loadBalancer']): void {
  const hash = balancer?.consistentHash;
  if (hash === undefined) return;
  const at = [...path, 'consistentHash'];
  if (balancer?.simple !== undefined) findings.error(at, 'cannot stand with simple');
  const keys = [
    hash.httpHeaderName,
    hash.httpCookie,
    hash.useSourceIp === true ? true : undefined,
    hash.httpQueryParameterName,
  ];
  if (keys.filter((k) => k !== undefined).length !== 1) {
    findings.error(at, 'must have exactly one of httpHeaderName, httpCookie, useSourceIp, httpQueryParameterName');
  }
  if (hash.ringHash !== undefined && hash.maglev !== undefined)
    findings.error([...at, 'maglev'], 'cannot stand with ringHash');
  const size = hash.maglev?.tableSize;
  if (size !== undefined && !isPrime(size))
    findings.error([...at, 'maglev', 'tableSize'], 'must be a prime number', 'the default is 65537');
  if (hash.httpHeaderName !== undefined && !isToken(hash.httpHeaderName))
    findings.error([...at, 'httpHeaderName'], 'must be a header name (RFC 9110 token)');
  if (hash.httpCookie !== undefined && !isToken(hash.httpCookie.name))
    findings.error([...at, 'httpCookie', 'name'], 'must be a cookie name (RFC 6265 token)');
  checkDuration(findings, [...at, 'httpCookie', 'ttl'], hash.httpCookie?.ttl, { zero: true });
}

function isPrime(n: number): boolean {
  if (n < 4) return n > 1;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return true;
}

function checkConnectionPool(findings: Findings, path: FieldPath, pool: Blocks['connectionPool']): void {
  if (pool === undefined) return;
  if (pool.tcp === undefined && pool.http === undefined) findings.error(path, 'needs tcp or http');
  checkDuration(findings, [...path, 'tcp', 'connectTimeout'], pool.tcp?.connectTimeout);
  checkDuration(findings, [...path, 'tcp', 'maxConnectionDuration'], pool.tcp?.maxConnectionDuration);
  checkDuration(findings, [...path, 'tcp', 'idleTimeout'], pool.tcp?.idleTimeout, { zero: true });
  checkDuration(findings, [...path, 'http', 'idleTimeout'], pool.http?.idleTimeout, { zero: true });
  const streams = pool.http?.maxConcurrentStreams;
  // RFC 9113 section 5.1.2, as Envoy bounds it.
  if (streams !== undefined && (streams < 1 || streams > 2_147_483_647)) {
    findings.error([...path, 'http', 'maxConcurrentStreams'], 'must be between 1 and 2147483647');
  }
}

function checkOutlierDetection(findings: Findings, path: FieldPath, outlier: Blocks['outlierDetection']): void {
  if (outlier === undefined) return;
  checkDuration(findings, [...path, 'interval'], outlier.interval);
  checkDuration(findings, [...path, 'baseEjectionTime'], outlier.baseEjectionTime);
  if (outlier.consecutiveLocalOriginFailures !== undefined && outlier.splitExternalLocalOriginErrors !== true) {
    findings.error([...path, 'consecutiveLocalOriginFailures'], 'needs splitExternalLocalOriginErrors: true');
  }
}

function checkTls(findings: Findings, path: FieldPath, tls: Blocks['tls']): void {
  if (tls === undefined) return;
  const { mode, credentialName, sni, subjectAltNames = [], insecureSkipVerify } = tls;
  const own = mode === 'SIMPLE' || mode === 'MUTUAL';
  if (credentialName !== undefined && !own)
    findings.error([...path, 'credentialName'], `has no meaning with mode ${mode}: only with SIMPLE and MUTUAL`);
  if (mode === 'MUTUAL' && credentialName === undefined)
    findings.error([...path, 'credentialName'], 'is required with mode MUTUAL');
  if (insecureSkipVerify === true && !own)
    findings.error([...path, 'insecureSkipVerify'], `has no meaning with mode ${mode}: only with SIMPLE and MUTUAL`);
  if (insecureSkipVerify === true && subjectAltNames.length > 0)
    findings.error([...path, 'subjectAltNames'], 'cannot stand with insecureSkipVerify');
  if (mode === 'DISABLE' && (sni !== undefined || subjectAltNames.length > 0))
    findings.error(path, 'sni and subjectAltNames have no meaning with mode DISABLE');
  const problem = sni === undefined ? undefined : hostProblem(sni);
  if (problem !== undefined) findings.error([...path, 'sni'], problem);
}
