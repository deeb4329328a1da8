const defaultTrustDomain = 'cluster.local';

/**
 * Principals with the trust domains that mean the same. A principal in one of the mesh's trust domains holds in all of them, and `cluster.local` always
 * means the mesh's own. `*` as trust domain, and texts that are no whole principal, stay as they are.
 * Source: Istio pilot/pkg/security/trustdomain, ReplaceTrustDomainAliases.
 */
export function expandPrincipals(principals: readonly string[], trustDomains: readonly string[]): readonly string[] {
  return [...new Set(principals.flatMap((principal) => expand(principal, trustDomains)))];
}

function expand(principal: string, trustDomains: readonly string[]): readonly string[] {
  const [domain, ...rest] = principal.split('/') as [string, ...string[]];
  if (rest.length !== 4 || domain === '*') return [principal];
  const isOurs = domain === defaultTrustDomain || trustDomains.some((own) => covers(domain, own));
  if (!isOurs) return [principal];
  // `*-td` covers several domains at once and stays one principal.
  return trustDomains.map((own) =>
    domain.startsWith('*') && covers(domain, own) ? principal : [own, ...rest].join('/'),
  );
}

function covers(pattern: string, domain: string): boolean {
  if (pattern.startsWith('*')) return domain.endsWith(pattern.slice(1));
  return pattern.endsWith('*') ? domain.startsWith(pattern.slice(0, -1)) : pattern === domain;
}
