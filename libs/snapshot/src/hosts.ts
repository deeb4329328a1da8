/** Whether a host is a pattern: `*` or `*.example.com`. */
export function isWildcard(host: string): boolean {
  return host.startsWith('*');
}

/** Whether a pattern (exact host, `*.suffix` or `*`) covers a host or a narrower pattern. */
export function hostMatches(pattern: string, host: string): boolean {
  return isWildcard(pattern) ? host.endsWith(pattern.slice(1)) : pattern === host;
}

/**
 * The full name of a host as a resource writes it: a short name without dots is a service of the resource's own namespace.
 * Names with a dot, patterns and addresses stay as they are. Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/#Destination
 */
export function expandHost(host: string, namespace: string, domainSuffix: string): string {
  if (isWildcard(host) || host.includes('.') || host.includes(':')) return host;
  return `${host}.${namespace}.svc.${domainSuffix}`;
}

/**
 * Whether something of `ownNamespace` is visible to clients of `clientNamespace`. Absent or empty means everybody; `.` its own namespace,
 * `*` everybody, `~` nobody, anything else the namespace of that name.
 */
export function isVisible(
  exportTo: readonly string[] | undefined,
  ownNamespace: string,
  clientNamespace: string,
): boolean {
  if (exportTo === undefined || exportTo.length === 0) return true;
  return exportTo.some(
    (target) => target === '*' || target === clientNamespace || (target === '.' && ownNamespace === clientNamespace),
  );
}
