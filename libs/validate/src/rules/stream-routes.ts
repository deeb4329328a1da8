import type { FieldPath, TcpRoute, TlsRoute } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isGiven, quoted } from '../values/complaint.ts';
import { isIpAddress, subnetProblem } from '../values/addresses.ts';
import { checkGatewayNames } from '../values/gateway-names.ts';
import { isSubsetOf, sniProblem, wildcardDomainProblem } from '../values/hosts.ts';
import { checkWeighted } from './destinations.ts';
import { checkOrigin } from './http-match.ts';

/** Checks rules for TLS. `hosts` and `onMesh` are those of the VirtualService. Source: Istio, validateTLSRoute. */
export function checkTlsRoute(
  findings: Findings,
  path: FieldPath,
  route: TlsRoute,
  context: { readonly hosts: readonly string[]; readonly onMesh: boolean },
): void {
  const { match } = route;
  if (match.length === 0) findings.error([...path, 'match'], 'must not be empty', 'give sniHosts');
  for (const [i, condition] of match.entries()) {
    const at = [...path, 'match', i];
    if (condition.sniHosts.length === 0)
      findings.error([...at, 'sniHosts'], 'must not be empty', 'name the servers of the handshake');
    for (const [j, sni] of condition.sniHosts.entries()) checkSni(findings, [...at, 'sniHosts', j], sni, context);
    checkStreamMatch(findings, at, condition);
  }
  checkRoute(findings, path, route);
}

/** Checks rules for TCP. Source: Istio, validateTCPRoute. */
export function checkTcpRoute(findings: Findings, path: FieldPath, route: TcpRoute): void {
  for (const [i, condition] of (route.match ?? []).entries()) {
    const at = [...path, 'match', i];
    checkStreamMatch(findings, at, condition);
    if (isGiven(condition.sourceSubnet))
      findings.refuse([...at, 'sourceSubnet'], subnetProblem(condition.sourceSubnet));
  }
  checkRoute(findings, path, route);
}

function checkRoute(findings: Findings, path: FieldPath, { route = [] }: TlsRoute | TcpRoute): void {
  if (route.length === 0) findings.error([...path, 'route'], 'is required', 'give destinations');
  checkWeighted(findings, [...path, 'route'], route);
}

type StreamMatch = Omit<NonNullable<TcpRoute['match']>[number], 'sourceSubnet'>;

function checkStreamMatch(findings: Findings, path: FieldPath, match: StreamMatch): void {
  for (const [i, subnet] of (match.destinationSubnets ?? []).entries())
    findings.refuse([...path, 'destinationSubnets', i], subnetProblem(subnet));
  checkOrigin(findings, path, match);
  checkGatewayNames(findings, [...path, 'gateways'], match.gateways);
}

function checkSni(
  findings: Findings,
  path: FieldPath,
  sni: string,
  { hosts, onMesh }: { readonly hosts: readonly string[]; readonly onMesh: boolean },
): void {
  if (isIpAddress(sni))
    return findings.warning(path, 'is an address, which is no server name (RFC 6066 section 3)', 'name a host');
  const wrong = onMesh ? wildcardDomainProblem(sni) : sniProblem(sni);
  findings.refuse(path, wrong);
  if (wrong === undefined && !hosts.some((host) => isSubsetOf(sni, host)))
    findings.error(path, `is in none of hosts: ${quoted(sni)}`, `name one of ${hosts.join(', ')}, or add it to hosts`);
}
