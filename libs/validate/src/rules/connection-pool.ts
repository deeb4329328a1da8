import type { FieldPath, TrafficPolicy } from '@malla/model';
import type { Findings } from '../findings.ts';
import { checkDuration } from '../values/durations.ts';

type Pool = NonNullable<TrafficPolicy['connectionPool']>;

const httpCounts = [
  ...(['http1MaxPendingRequests', 'http2MaxRequests', 'maxRequestsPerConnection', 'maxRetries'] as const),
  'maxConcurrentStreams' as const,
];

/** Checks limits of connections and requests. Source: Istio, validateConnectionPool. */
export function checkConnectionPool(findings: Findings, path: FieldPath, pool: Pool | undefined): void {
  if (pool === undefined) return;
  if (pool.tcp === undefined && pool.http === undefined) findings.error(path, 'limits nothing', 'give tcp or http');
  checkTcp(findings, [...path, 'tcp'], pool.tcp);
  checkHttp(findings, [...path, 'http'], pool.http);
}

function checkCount(findings: Findings, path: FieldPath, count: number | undefined): void {
  if (count !== undefined && count < 0) findings.error(path, 'must not be negative', 'leave it out for no limit');
}

function checkTcp(findings: Findings, path: FieldPath, tcp: Pool['tcp']): void {
  if (tcp === undefined) return;
  checkCount(findings, [...path, 'maxConnections'], tcp.maxConnections);
  checkDuration(findings, [...path, 'connectTimeout'], tcp.connectTimeout);
  checkDuration(findings, [...path, 'maxConnectionDuration'], tcp.maxConnectionDuration);
  checkDuration(findings, [...path, 'idleTimeout'], tcp.idleTimeout, { zero: true });
  checkDuration(findings, [...path, 'tcpKeepalive', 'time'], tcp.tcpKeepalive?.time);
  checkDuration(findings, [...path, 'tcpKeepalive', 'interval'], tcp.tcpKeepalive?.interval);
}

function checkHttp(findings: Findings, path: FieldPath, http: Pool['http']): void {
  if (http === undefined) return;
  for (const field of httpCounts) checkCount(findings, [...path, field], http[field]);
  checkDuration(findings, [...path, 'idleTimeout'], http.idleTimeout);
  if (http.h2UpgradePolicy === 'UPGRADE' && http.useClientProtocol === true)
    findings.error(
      [...path, 'useClientProtocol'],
      'cannot stand with h2UpgradePolicy: UPGRADE',
      'either upgrade, or speak what the caller speaks',
    );
  if (http.http2KeepAlive === undefined) return;
  for (const field of ['interval', 'timeout'] as const) {
    const at = [...path, 'http2KeepAlive', field];
    if (http.http2KeepAlive[field] === undefined) findings.error(at, 'is required', 'give a duration, such as 15s');
    checkDuration(findings, at, http.http2KeepAlive[field]);
  }
}
