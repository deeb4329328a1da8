import type { FieldPath, ReadinessProbe, WorkloadGroup } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isGiven } from '../values/complaint.ts';
import { checkLabels } from '../values/labels.ts';
import { probeHeaderNameProblem } from '../values/names.ts';
import { portProblem } from '../values/ports.ts';
import { checkPorts } from './workload-entry.ts';

/** Checks a WorkloadGroup. Source: Istio pkg/config/validation, ValidateWorkloadGroup. */
export function checkWorkloadGroup(findings: Findings, resource: WorkloadGroup): void {
  const { metadata, template, probe } = resource.spec;
  checkLabels(findings, ['spec', 'metadata', 'labels'], metadata?.labels);
  checkLabels(findings, ['spec', 'template', 'labels'], template.labels);
  checkPorts(findings, ['spec', 'template', 'ports'], template.ports ?? {}, undefined);
  if (probe !== undefined) checkProbe(findings, ['spec', 'probe'], probe);
}

const counts = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

function checkProbe(findings: Findings, path: FieldPath, probe: ReadinessProbe): void {
  const { httpGet, tcpSocket, exec, grpc } = probe;
  for (const field of counts) {
    if ((probe[field] ?? 0) < 0) findings.error([...path, field], 'must not be negative', 'give 0 or more');
  }
  if (httpGet !== undefined) checkHttpGet(findings, [...path, 'httpGet'], httpGet);
  if (tcpSocket !== undefined) findings.refuse([...path, 'tcpSocket', 'port'], portProblem(tcpSocket.port));
  if (exec?.command.length === 0) findings.error([...path, 'exec', 'command'], 'must not be empty', 'name a program');
  if (grpc?.port !== undefined) findings.refuse([...path, 'grpc', 'port'], portProblem(grpc.port));
  if ([httpGet, tcpSocket, exec, grpc].every((way) => way === undefined))
    findings.error(path, 'has no way to probe', 'give httpGet, tcpSocket, exec or grpc');
}

function checkHttpGet(findings: Findings, path: FieldPath, get: NonNullable<ReadinessProbe['httpGet']>): void {
  findings.refuse([...path, 'port'], portProblem(get.port));
  if (isGiven(get.scheme) && get.scheme !== 'HTTP' && get.scheme !== 'HTTPS')
    findings.error([...path, 'scheme'], 'must be HTTP or HTTPS', 'schemes are written in capitals here');
  for (const [i, { name = '' }] of (get.httpHeaders ?? []).entries())
    findings.refuse([...path, 'httpHeaders', i, 'name'], probeHeaderNameProblem(name));
}
