import type { FieldPath, Sidecar, SidecarEgress, SidecarIngress } from '@malla/model';
import type { Findings } from '../findings.ts';
import { ipProblem, unixPrefix, unixSocketProblem } from '../values/addresses.ts';
import { isGiven } from '../values/complaint.ts';
import { importedHostProblem } from '../values/namespaced-hosts.ts';
import { portNameProblem, portProblem } from '../values/ports.ts';
import { protocolProblem } from '../values/protocols.ts';
import { checkSelector } from '../values/selectors.ts';
import { checkConnectionPool } from './connection-pool.ts';
import { checkDestination } from './destinations.ts';
import { checkSidecarIngress } from './sidecar-ingress.ts';

type Spec = NonNullable<Sidecar['spec']>;

/** Checks a Sidecar. Source: Istio pkg/config/validation, ValidateSidecar. */
export function checkSidecar(findings: Findings, resource: Sidecar): void {
  const spec: Spec = resource.spec ?? {};
  const { workloadSelector, ingress = [], egress = [], inboundConnectionPool, outboundTrafficPolicy } = spec;
  if (workloadSelector !== undefined)
    checkSelector(findings, ['spec', 'workloadSelector', 'labels'], workloadSelector.labels);
  if (ingress.length === 0 && egress.length === 0 && !outboundTrafficPolicy && !inboundConnectionPool)
    findings.error(['spec'], 'says nothing', 'give ingress, egress, outboundTrafficPolicy or inboundConnectionPool');
  const seen = new Set<number>();
  for (const [i, listener] of ingress.entries()) {
    const path = ['spec', 'ingress', i];
    checkUnique(findings, [...path, 'port', 'number'], listener.port, seen);
    checkSidecarPort(findings, [...path, 'port'], listener.port);
    checkSidecarIngress(findings, path, listener);
  }
  checkConnectionPool(findings, ['spec', 'inboundConnectionPool'], inboundConnectionPool);
  checkEgress(findings, egress, resource.metadata.namespace ?? 'default');
  checkOutbound(findings, ['spec', 'outboundTrafficPolicy'], outboundTrafficPolicy);
}

function checkUnique(findings: Findings, path: FieldPath, port: SidecarIngress['port'], seen: Set<number>): void {
  const { number = 0 } = port;
  if (seen.has(number)) findings.error(path, `port ${number} stands twice`, 'put what is for one port together');
  seen.add(number);
}

/** Checks name, protocol and number of a port; a Unix socket has the number 0, which is checked where it is allowed. */
function checkSidecarPort(findings: Findings, path: FieldPath, port: SidecarIngress['port'], unix = false): void {
  const { name, protocol, number = 0, targetPort = 0 } = port;
  if (isGiven(name)) findings.refuse([...path, 'name'], portNameProblem(name));
  if (isGiven(protocol)) findings.refuse([...path, 'protocol'], protocolProblem(protocol));
  if (number !== 0 || !unix) findings.refuse([...path, 'number'], portProblem(number));
  if (targetPort > 0) findings.error([...path, 'targetPort'], 'has no effect on sidecars', 'leave it out');
}

function checkEgress(findings: Findings, egress: readonly SidecarEgress[], namespace: string): void {
  const ports = new Set<number>();
  const sockets = new Set<string>();
  for (const [i, listener] of egress.entries()) {
    const path = ['spec', 'egress', i];
    const { port, bind = '', hosts } = listener;
    if (port === undefined) {
      if (i < egress.length - 1)
        findings.error(path, 'has no port, and takes what the later ones are for', 'put it at the end');
    } else {
      checkSidecarPort(findings, [...path, 'port'], port, true);
      checkBind(findings, path, listener);
      if ((port.number ?? 0) !== 0) checkUnique(findings, [...path, 'port', 'number'], port, ports);
      else if (sockets.has(bind))
        findings.error([...path, 'bind'], 'stands twice', 'put what is for one socket together');
      else sockets.add(bind);
    }
    if (hosts.length === 0)
      findings.error([...path, 'hosts'], 'must not be empty', 'write "*/*" for all, "~/*" for none');
    for (const [j, host] of hosts.entries()) findings.refuse([...path, 'hosts', j], importedHostProblem(host));
    warnOfDuplicates(findings, [...path, 'hosts'], hosts, namespace);
  }
}

function checkBind(findings: Findings, path: FieldPath, { port, bind = '', captureMode }: SidecarEgress): void {
  if ((port?.number ?? 0) !== 0) {
    if (bind !== '') findings.refuse([...path, 'bind'], ipProblem(bind));
    return;
  }
  if (!bind.startsWith(unixPrefix)) {
    findings.error(
      [...path, 'port', 'number'],
      'is required, unless bind is a Unix socket',
      'give the number of a port',
    );
  } else findings.refuse([...path, 'bind'], unixSocketProblem(bind.slice(unixPrefix.length)));
  if (captureMode === 'IPTABLES')
    findings.error([...path, 'captureMode'], 'a Unix socket is not intercepted', 'use DEFAULT or NONE');
}

/** Hosts that another one of the list takes in already. */
function warnOfDuplicates(findings: Findings, path: FieldPath, hosts: readonly string[], namespace: string): void {
  const seen = new Map<string, Set<string>>();
  for (const [i, text] of hosts.entries()) {
    const slash = text.indexOf('/');
    if (slash < 0 || text.startsWith('~')) continue;
    const owner = text.slice(0, slash) === '.' ? namespace : text.slice(0, slash);
    const host = text.slice(slash + 1);
    const known = seen.get(owner) ?? new Set();
    if (host === '*' ? known.size > 0 : known.has(host) || known.has('*'))
      findings.warning([...path, i], 'is imported already, or takes in others of the list', 'leave out what is double');
    seen.set(owner, known.add(host));
  }
  if (seen.get('*')?.has('*') === true && seen.size > 1)
    findings.warning(path, '"*/*" already means every host', 'leave out the others');
}

function checkOutbound(findings: Findings, path: FieldPath, policy: Spec['outboundTrafficPolicy']): void {
  const { egressProxy, mode = 'REGISTRY_ONLY' } = policy ?? {};
  if (egressProxy === undefined) return;
  const at = [...path, 'egressProxy'];
  if (mode !== 'ALLOW_ANY') findings.error(at, 'is used with mode ALLOW_ANY only', 'set the mode, or leave it out');
  if (egressProxy.host.includes('*')) findings.error([...at, 'host'], 'must be one host', 'name the proxy');
  if (egressProxy.port === undefined) findings.error([...at, 'port'], 'is required', 'give port.number');
  checkDestination(findings, at, egressProxy);
}
