import type { FieldPath, Ingress, IngressSpec } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isIpAddress } from '../values/addresses.ts';
import { complaint, isGiven, quoted, type Complaint } from '../values/complaint.ts';
import { fqdnProblem } from '../values/hosts.ts';

type Backend = NonNullable<IngressSpec['defaultBackend']>;
type Path = NonNullable<NonNullable<IngressSpec['rules']>[number]['http']>['paths'][number];

/** Checks an Ingress as kube-apiserver does. Source: Kubernetes pkg/apis/networking/validation, ValidateIngress. */
export function checkIngress(findings: Findings, resource: Ingress): void {
  const { rules = [], defaultBackend, tls = [] } = resource.spec ?? {};
  if (rules.length === 0 && defaultBackend === undefined)
    findings.error(['spec'], 'has neither rules nor defaultBackend', 'give one of them');
  if (defaultBackend !== undefined) checkBackend(findings, ['spec', 'defaultBackend'], defaultBackend);
  for (const [i, { host, http }] of rules.entries()) {
    const path = ['spec', 'rules', i];
    if (isGiven(host)) findings.refuse([...path, 'host'], ingressHostProblem(host));
    for (const [j, each] of (http?.paths ?? []).entries()) checkPath(findings, [...path, 'http', 'paths', j], each);
  }
  for (const [i, { hosts = [] }] of tls.entries()) {
    for (const [j, host] of hosts.entries()) findings.refuse(['spec', 'tls', i, 'hosts', j], ingressHostProblem(host));
  }
}

function ingressHostProblem(host: string): Complaint | undefined {
  if (isIpAddress(host)) return complaint('must be a name, not an address', 'leave it out for any host');
  return fqdnProblem(host.startsWith('*.') ? host.slice(2) : host);
}

const notInPaths = ['//', '/./', '/../', '%2f', '%2F'];
const notAtEnd = ['/..', '/.'];

function checkPath(findings: Findings, path: FieldPath, { path: text = '', pathType, backend }: Path): void {
  if (pathType === 'ImplementationSpecific') {
    if (text !== '' && !text.startsWith('/'))
      findings.error([...path, 'path'], 'must begin with "/"', `write "/${text}"`);
  } else {
    if (!text.startsWith('/')) findings.error([...path, 'path'], 'must begin with "/"', `write "/${text}"`);
    const wrong = notInPaths.find((part) => text.includes(part)) ?? notAtEnd.find((part) => text.endsWith(part));
    if (wrong !== undefined)
      findings.error(
        [...path, 'path'],
        `must not have ${quoted(wrong)} in it`,
        'write the path as it is after normalization',
      );
  }
  checkBackend(findings, [...path, 'backend'], backend);
}

function checkBackend(findings: Findings, path: FieldPath, { service, resource }: Backend): void {
  if ((service === undefined) === (resource === undefined))
    findings.error(path, 'needs exactly one of service and resource', 'give service: {name, port}');
  if (service === undefined) return;
  const { name, number } = service.port ?? {};
  if (service.name === '') findings.error([...path, 'service', 'name'], 'must not be empty', 'name a Service');
  if (isGiven(name) === ((number ?? 0) !== 0))
    findings.error([...path, 'service', 'port'], 'needs exactly one of name and number', 'give one of them');
}
