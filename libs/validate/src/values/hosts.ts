import { isIpAddress } from './addresses.ts';
import { complaint, quoted, type Complaint } from './complaint.ts';

const label = /^[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$/;
const firstLabel = /^(\*|(\*|\*-)?[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)$/;

const nameHint = 'write a name such as reviews, reviews.shop.svc.cluster.local or example.com';
const wildcardHint = 'a wildcard stands for the first label alone, as in *.example.com';

/** Whether a text is one label of a DNS name (RFC 1123 section 2.1; upper case too, as in Istio). */
export function isDnsLabel(text: string): boolean {
  return label.test(text);
}

function lengthProblem(name: string): Complaint | undefined {
  if (name === '') return complaint('must not be empty', nameHint);
  if (name.length > 255) return complaint(`has ${name.length} characters; a host name has at most 255`, nameHint);
  return undefined;
}

/** Labels of a name from the left; the last may be empty (a trailing dot), and is never a number alone: that is an address. */
function labelsProblem(name: string, whole: string): Complaint | undefined {
  const parts = name.split('.');
  const last = parts.at(-1) as string;
  if (/^[-+]?\d+$/.test(last))
    return complaint(`must be a host name: ${quoted(whole)} ends in a number`, 'an address is not a name; give a name');
  const wrong = parts.find((part, i) => !(i === parts.length - 1 && part === '') && !isDnsLabel(part));
  if (wrong === undefined) return undefined;
  if (wrong.includes('*')) return complaint(`may not have a wildcard here: ${quoted(whole)}`, wildcardHint);
  return wrong === ''
    ? complaint('must be a host name: an empty label stands between dots', nameHint)
    : complaint(`must be a host name: ${quoted(wrong)} is not a DNS label`, nameHint);
}

/** What is wrong with a name without wildcard, or undefined. A trailing dot is allowed; addresses are not names. Source: RFC 1123. */
export function fqdnProblem(name: string): Complaint | undefined {
  return lengthProblem(name) ?? labelsProblem(name, name);
}

/** As {@link fqdnProblem}, but an address is allowed too. */
export function hostProblem(host: string): Complaint | undefined {
  return isIpAddress(host) ? undefined : fqdnProblem(host);
}

/**
 * As {@link fqdnProblem}, but the first label may be `*`, or begin with it (`*-a`, `*a`), as in Istio. Source: Istio
 * pkg/config/validation/agent, ValidateWildcardDomain.
 */
export function wildcardDomainProblem(domain: string): Complaint | undefined {
  const length = lengthProblem(domain);
  if (length !== undefined) return length;
  const dot = domain.indexOf('.');
  const first = dot < 0 ? domain : domain.slice(0, dot);
  if (first.length > 63 || !firstLabel.test(first)) {
    return first.includes('*')
      ? complaint(`may have a wildcard only at the beginning: ${quoted(domain)}`, wildcardHint)
      : complaint(`must be a host name: ${quoted(first)} is not a DNS label`, nameHint);
  }
  return dot < 0 ? undefined : labelsProblem(domain.slice(dot + 1), domain);
}

/** As {@link wildcardDomainProblem}, but an address is allowed too. */
export function wildcardHostProblem(host: string): Complaint | undefined {
  return isIpAddress(host) ? undefined : wildcardDomainProblem(host);
}

/** A wildcard that is only a part of a label: no client of the mesh resolves it. */
export function partialWildcardProblem(host: string): Complaint | undefined {
  return host.includes('*') && host !== '*' && !host.startsWith('*.')
    ? complaint(`has a wildcard in a part of a label: ${quoted(host)}`, wildcardHint)
    : undefined;
}

/** SNI names that gateways of AUTO_PASSTHROUGH route: `outbound_.<port>_.<subset>_.<host>`. */
const clusterSni = /^outbound_\.\d+_\.[^_]*_\.[A-Za-z].*$/;

/** As {@link wildcardDomainProblem}, for a name that a gateway routes by SNI. */
export function sniProblem(domain: string): Complaint | undefined {
  if (!domain.startsWith('outbound_')) return wildcardDomainProblem(domain);
  if (domain.length > 255) return lengthProblem(domain);
  return clusterSni.test(domain)
    ? undefined
    : complaint('is not the SNI of a cluster', 'write outbound_.PORT_.SUBSET_.HOST, such as outbound_.80_._.a.b.c');
}

/** Whether a host has a wildcard. */
export function isWildcard(host: string): boolean {
  return host.startsWith('*');
}

/** Whether one host, wildcards included, takes in the other. */
export function hostsOverlap(a: string, b: string): boolean {
  if (isWildcard(a) && isWildcard(b)) return a.slice(1).endsWith(b.slice(1)) || b.slice(1).endsWith(a.slice(1));
  if (isWildcard(a)) return b.endsWith(a.slice(1));
  if (isWildcard(b)) return a.endsWith(b.slice(1));
  return a === b;
}

/** Whether the first host is one of those that the second stands for. */
export function isSubsetOf(host: string, outer: string): boolean {
  if (!isWildcard(outer)) return host === outer;
  return (isWildcard(host) ? host.slice(1) : host).endsWith(outer.slice(1));
}

/**
 * The full name of a host as written in a resource: short names (without a dot) belong to the resource's namespace, all others stand
 * for themselves. Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/#VirtualService (hosts)
 */
export function fullHost(host: string, namespace: string, domainSuffix: string): string {
  return host.includes('.') || host.includes(':') || host.startsWith('*')
    ? host
    : `${host}.${namespace}.svc.${domainSuffix}`;
}
