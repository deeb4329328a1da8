import { complaint, quoted, type Complaint } from './complaint.ts';
import { isIpv4Address } from './addresses.ts';
import { isDnsLabel, partialWildcardProblem, wildcardDomainProblem } from './hosts.ts';

const hint = 'write the full name, as in reviews.shop.svc.cluster.local or *.example.com';

/** A host of a list that is compared with those of services: short names mean nothing there. */
function fullHostProblem(host: string): Complaint | undefined {
  if (host !== '*' && !host.includes('.')) return complaint(`is a short name: ${quoted(host)}`, hint);
  return wildcardDomainProblem(host) ?? partialWildcardProblem(host);
}

/** What is wrong with a host of a Gateway, `host` or `namespace/host`, or undefined. Source: Istio, ValidateNamespaceSlashWildcardHostname. */
export function gatewayHostProblem(text: string): Complaint | undefined {
  const slash = text.indexOf('/');
  const host = text.slice(slash + 1);
  if (slash >= 0) {
    const wrong = namespaceProblem(text.slice(0, slash));
    if (wrong !== undefined) return wrong;
  }
  return isIpv4Address(host) ? undefined : fullHostProblem(host);
}

/** What is wrong with a host that a Sidecar imports, `namespace/host` or `~namespace/host`, or undefined. */
export function importedHostProblem(text: string): Complaint | undefined {
  const slash = text.indexOf('/');
  if (slash < 0)
    return complaint(`has no namespace: ${quoted(text)}`, `write */${text}, or ./${text} for the own namespace`);
  const namespace = text.slice(0, slash);
  const wrong = namespace === '~' ? undefined : namespaceProblem(namespace.replace(/^~/, ''));
  return wrong ?? fullHostProblem(text.slice(slash + 1));
}

function namespaceProblem(namespace: string): Complaint | undefined {
  return namespace === '*' || namespace === '.' || isDnsLabel(namespace)
    ? undefined
    : complaint(
        `is not a namespace: ${quoted(namespace)}`,
        'write ".", "*" or the name of a namespace before the slash',
      );
}
