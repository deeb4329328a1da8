import type { FieldPath, TrafficPolicy } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isGiven } from '../values/complaint.ts';
import { checkDuration } from '../values/durations.ts';
import { hostProblem } from '../values/hosts.ts';
import { percentProblem } from '../values/percentages.ts';
import { portProblem } from '../values/ports.ts';
import { checkClientTls } from './client-tls.ts';
import { checkConnectionPool } from './connection-pool.ts';
import { checkLoadBalancer } from './load-balancer.ts';

type Blocks = Pick<TrafficPolicy, 'loadBalancer' | 'connectionPool' | 'outlierDetection' | 'tls'>;

const blocksOfPolicy = ['loadBalancer', 'connectionPool', 'outlierDetection', 'tls'] as const;
const fieldsOfPolicy = [...blocksOfPolicy, 'tunnel', 'proxyProtocol', 'retryBudget'] as const;

/** Checks a traffic policy with the settings of its ports. `namespace` is that of the resource. Source: Istio, validateTrafficPolicy. */
export function checkTrafficPolicy(
  findings: Findings,
  path: FieldPath,
  policy: TrafficPolicy | undefined,
  namespace: string,
): void {
  if (policy === undefined) return;
  if (fieldsOfPolicy.every((field) => policy[field] === undefined) && (policy.portLevelSettings ?? []).length === 0)
    findings.error(path, 'says nothing', `give ${blocksOfPolicy.join(', ')}, or leave it out`);
  checkBlocks(findings, path, policy, namespace);
  checkPorts(findings, [...path, 'portLevelSettings'], policy, namespace);
  if (policy.tunnel !== undefined && policy.proxyProtocol !== undefined)
    findings.error([...path, 'proxyProtocol'], 'cannot stand with tunnel', 'leave one of them out');
  checkTunnel(findings, [...path, 'tunnel'], policy.tunnel);
}

function checkPorts(findings: Findings, path: FieldPath, policy: TrafficPolicy, namespace: string): void {
  const seen = new Set<number>();
  for (const [i, settings] of (policy.portLevelSettings ?? []).entries()) {
    const at = [...path, i];
    const number = settings.port?.number ?? 0;
    if (settings.port === undefined) findings.error([...at, 'port'], 'is required', 'give port.number');
    else findings.refuse([...at, 'port', 'number'], portProblem(number));
    if (blocksOfPolicy.every((field) => settings[field] === undefined))
      findings.error(at, 'says nothing besides port', `give ${blocksOfPolicy.join(', ')}, or leave it out`);
    if (seen.has(number))
      findings.warning([...at, 'port', 'number'], `port ${number} stands twice`, 'put the settings of a port together');
    seen.add(number);
    checkBlocks(findings, at, settings, namespace);
  }
}

function checkBlocks(findings: Findings, path: FieldPath, blocks: Blocks, namespace: string): void {
  const ejects = blocks.outlierDetection !== undefined;
  checkLoadBalancer(findings, [...path, 'loadBalancer'], blocks.loadBalancer, ejects);
  checkConnectionPool(findings, [...path, 'connectionPool'], blocks.connectionPool);
  checkOutlierDetection(findings, [...path, 'outlierDetection'], blocks.outlierDetection);
  checkClientTls(findings, [...path, 'tls'], blocks.tls, namespace);
}

/** Checks when instances are ejected. Source: Istio, validateOutlierDetection. */
export function checkOutlierDetection(findings: Findings, path: FieldPath, outlier: Blocks['outlierDetection']): void {
  if (outlier === undefined) return;
  checkDuration(findings, [...path, 'interval'], outlier.interval);
  checkDuration(findings, [...path, 'baseEjectionTime'], outlier.baseEjectionTime);
  if ((outlier.consecutiveErrors ?? 0) !== 0)
    findings.warning(
      [...path, 'consecutiveErrors'],
      'is an old form',
      'use consecutiveGatewayErrors or consecutive5xxErrors',
    );
  if ((outlier.consecutiveLocalOriginFailures ?? 0) > 0 && outlier.splitExternalLocalOriginErrors !== true) {
    const at = [...path, 'consecutiveLocalOriginFailures'];
    findings.error(at, 'needs splitExternalLocalOriginErrors: true', 'set it, or leave this out');
  }
  for (const field of ['maxEjectionPercent', 'minHealthPercent'] as const)
    findings.refuse([...path, field], percentProblem(outlier[field]));
}

function checkTunnel(findings: Findings, path: FieldPath, tunnel: TrafficPolicy['tunnel']): void {
  if (tunnel === undefined) return;
  const { protocol, targetHost, targetPort } = tunnel;
  if (isGiven(protocol) && protocol !== 'CONNECT' && protocol !== 'POST')
    findings.error([...path, 'protocol'], 'must be CONNECT or POST', 'leave it out for CONNECT');
  findings.refuse([...path, 'targetHost'], hostProblem(targetHost));
  findings.refuse([...path, 'targetPort'], portProblem(targetPort));
}
