import type { VirtualService } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isIpAddress } from '../values/addresses.ts';
import { checkExportTo } from '../values/export-to.ts';
import { checkGatewayNames } from '../values/gateway-names.ts';
import { hostsOverlap, sniProblem, wildcardDomainProblem } from '../values/hosts.ts';
import { checkHttpRoute } from './http-route.ts';
import { checkTcpRoute, checkTlsRoute } from './stream-routes.ts';
import { checkReach } from './virtual-service-reach.ts';

/** More hosts than this are compared for equality alone. */
const maxCompared = 256;

/** Checks a VirtualService. Source: Istio pkg/config/validation, ValidateVirtualService. */
export function checkVirtualService(findings: Findings, resource: VirtualService): void {
  const { hosts = [], gateways = [], exportTo, http = [], tls = [], tcp = [] } = resource.spec ?? {};
  const onMesh = gateways.length === 0 || gateways.includes('mesh');
  const delegate = hosts.length === 0;
  if (delegate) checkDelegate(findings, resource);
  checkGatewayNames(findings, ['spec', 'gateways'], gateways);
  checkHosts(findings, resource, onMesh);
  checkExportTo(findings, ['spec', 'exportTo'], exportTo, { namespace: resource.metadata.namespace ?? 'default' });
  if (http.length === 0 && tls.length === 0 && tcp.length === 0)
    findings.error(['spec'], 'has no rules', 'give http, tls or tcp');
  for (const [i, rule] of http.entries())
    checkHttpRoute(findings, ['spec', 'http', i], rule, { gateway: !onMesh, delegate });
  for (const [i, rule] of tls.entries())
    checkTlsRoute(findings, ['spec', 'tls', i], rule, { hosts, onMesh: gateways.includes('mesh') });
  for (const [i, rule] of tcp.entries()) checkTcpRoute(findings, ['spec', 'tcp', i], rule);
  checkReach(findings, resource.spec ?? {});
}

/** Without hosts it is for other VirtualServices to delegate to, which only HTTP rules can. */
function checkDelegate(findings: Findings, { spec }: VirtualService): void {
  for (const field of ['gateways', 'tls', 'tcp'] as const) {
    if ((spec?.[field] ?? []).length > 0)
      findings.error(['spec', field], 'needs hosts: without them only http is for others to delegate to', 'add hosts');
  }
}

function checkHosts(findings: Findings, { spec }: VirtualService, onMesh: boolean): void {
  const { hosts = [], tls = [] } = spec ?? {};
  const bySni = !onMesh && tls.some(({ match }) => match.some(({ sniHosts }) => sniHosts.length > 0));
  for (const [i, host] of hosts.entries()) {
    const path = ['spec', 'hosts', i];
    const problem = isIpAddress(host) ? undefined : bySni ? sniProblem(host) : wildcardDomainProblem(host);
    findings.refuse(path, problem);
    if (problem !== undefined) continue;
    if (host === '*' && onMesh) {
      findings.error(path, '"*" is not allowed on the mesh', 'name the hosts, or use "*.suffix"');
      continue;
    }
    const earlier = hosts.length > maxCompared ? (hosts.indexOf(host) < i ? host : undefined) : overlapping(hosts, i);
    if (earlier !== undefined)
      findings.error(path, `overlaps with "${earlier}" of the same list`, 'leave one of them out');
  }
}

function overlapping(hosts: readonly string[], i: number): string | undefined {
  return hosts.slice(0, i).find((earlier) => hostsOverlap(earlier, hosts[i] as string));
}
