import type { FieldPath, Gateway, GatewayServer } from '@malla/model';
import type { Findings } from '../findings.ts';
import { ipProblem, unixPrefix, unixSocketProblem } from '../values/addresses.ts';
import { isGiven, quoted } from '../values/complaint.ts';
import { isDnsLabel } from '../values/hosts.ts';
import { gatewayHostProblem } from '../values/namespaced-hosts.ts';
import { portProblem } from '../values/ports.ts';
import { findProtocol, protocolProblem } from '../values/protocols.ts';
import { checkServerTls } from './server-tls.ts';

/** Checks a Gateway of Istio. Source: Istio pkg/config/validation, ValidateGateway. */
export function checkGateway(findings: Findings, resource: Gateway): void {
  const { name } = resource.metadata;
  if (!isDnsLabel(name))
    findings.error(
      ['metadata', 'name'],
      `is not the name of a gateway: ${quoted(name)}`,
      'use letters, digits and "-", at most 63',
    );
  const { servers = [] } = resource.spec ?? {};
  if (servers.length === 0) findings.error(['spec', 'servers'], 'must not be empty', 'give a port and hosts');
  const names = new Set<string>();
  for (const [i, server] of servers.entries()) {
    const path = ['spec', 'servers', i];
    checkServer(findings, path, server);
    if (names.has(server.port.name))
      findings.error(
        [...path, 'port', 'name'],
        `${quoted(server.port.name)} stands twice`,
        'give each port a name of its own',
      );
    names.add(server.port.name);
  }
}

function checkServer(findings: Findings, path: FieldPath, server: GatewayServer): void {
  const { hosts, tls } = server;
  if (hosts.length === 0) findings.error([...path, 'hosts'], 'must not be empty', 'write "*" for every host');
  for (const [i, host] of hosts.entries()) findings.refuse([...path, 'hosts', i], gatewayHostProblem(host));
  checkPort(findings, path, server);
  checkServerTls(findings, [...path, 'tls'], tls);
  checkProtocolAndTls(findings, [...path, 'tls'], server);
}

function checkPort(findings: Findings, path: FieldPath, { port, bind = '' }: GatewayServer): void {
  const at = [...path, 'port'];
  const unix = bind.startsWith(unixPrefix);
  findings.refuse([...at, 'protocol'], protocolProblem(port.protocol));
  if (port.number !== 0 || !unix) findings.refuse([...at, 'number'], portProblem(port.number));
  if ((port.targetPort ?? 0) > 0) findings.error([...at, 'targetPort'], 'has no effect on gateways', 'leave it out');
  if (port.name === '') findings.error([...at, 'name'], 'must not be empty', 'name the port, such as https');
  if (unix) {
    findings.refuse([...path, 'bind'], unixSocketProblem(bind.slice(unixPrefix.length)));
    if (port.number !== 0) findings.error([...at, 'number'], 'must be 0 with a Unix socket', 'give 0');
  } else if (bind !== '') findings.refuse([...path, 'bind'], ipProblem(bind));
}

/** TLS is ended, or passed on, where the protocol has it; with plain HTTP it may only redirect. */
function checkProtocolAndTls(findings: Findings, path: FieldPath, { port, tls }: GatewayServer): void {
  const protocol = findProtocol(port.protocol);
  if (protocol === undefined) return;
  if (tls === undefined) {
    if (protocol.tls) findings.error(path, `is required with ${protocol.name}`, 'give mode and credentialName');
    return;
  }
  if (tls.httpsRedirect === true && !protocol.http)
    findings.warning([...path, 'httpsRedirect'], `has no effect with ${protocol.name}`, 'use a server of HTTP');
  if (protocol.tls) return;
  const passes = [undefined, 'PASSTHROUGH', 'AUTO_PASSTHROUGH'].includes(tls.mode);
  const plain = passes && ![tls.caCertificates, tls.privateKey, tls.serverCertificate].some(isGiven);
  if (protocol.http && plain) return;
  const hint = protocol.http ? 'use HTTPS; with HTTP only httpsRedirect is allowed' : 'use TLS or HTTPS';
  findings.error(path, `cannot stand with ${protocol.name}, which is plain text`, hint);
}
