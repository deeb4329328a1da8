const label = /^[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?$/;
const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/;

function isIpAddress(host: string): boolean {
  if (host.includes(':')) return /^[0-9a-fA-F:.]+$/.test(host);
  return ipv4.test(host) && host.split('.').every((part) => Number(part) <= 255);
}

/** Why a host name is not one, or undefined. A trailing dot is allowed, a wildcard is not. */
export function hostProblem(host: string): string | undefined {
  if (host === '') return 'must not be empty';
  if (isIpAddress(host)) return undefined;
  const name = host.endsWith('.') ? host.slice(0, -1) : host;
  if (name.length > 255) return 'must have at most 255 characters';
  const wrong = name.split('.').find((part) => !label.test(part));
  if (wrong === undefined) return undefined;
  if (wrong.includes('*')) return 'must not be a wildcard';
  return wrong === ''
    ? 'must be a host name: an empty label stands between dots'
    : `must be a host name: "${wrong.slice(0, 80)}" is not a DNS label`;
}

/** As {@link hostProblem}, but `*` and `*.suffix` are allowed too. */
export function wildcardHostProblem(host: string): string | undefined {
  if (host === '*') return undefined;
  if (!host.startsWith('*'))
    return host.includes('*') ? 'may have a wildcard only as "*" or "*.suffix"' : hostProblem(host);
  return host.startsWith('*.') ? hostProblem(host.slice(2)) : 'may have a wildcard only as "*" or "*.suffix"';
}

/** Whether one host, wildcards included, takes in the other. */
export function hostsOverlap(a: string, b: string): boolean {
  const suffix = (host: string) => (host === '*' ? '' : host.slice(1));
  if (a.startsWith('*') && b.startsWith('*')) return suffix(a).endsWith(suffix(b)) || suffix(b).endsWith(suffix(a));
  if (a.startsWith('*')) return b.endsWith(suffix(a));
  if (b.startsWith('*')) return a.endsWith(suffix(b));
  return a === b;
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
