/** The Host header without its port. IPv6 literals keep their brackets. */
export function stripPort(authority: string): string {
  const colon = authority.lastIndexOf(':');
  if (colon < 0 || colon === authority.length - 1) return authority;
  for (let i = colon + 1; i < authority.length; i++) {
    const code = authority.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return authority;
  }
  const host = authority.slice(0, colon);
  // Another colon belongs to an IPv6 literal, and then only brackets tell where it ends.
  const literal = host.startsWith('[') && host.endsWith(']');
  return literal || !host.includes(':') ? host : authority;
}
