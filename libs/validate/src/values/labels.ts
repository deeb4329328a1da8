/** Why a name is not an RFC 1123 label, or undefined. Names of Services and Namespaces become one label of a host. */
export function dnsLabelProblem(name: string): string | undefined {
  if (name.length > 63) return 'must have at most 63 characters';
  if (name.includes('.')) return 'must not have a dot: it becomes one label of a host name';
  return undefined;
}
