import { compileStringMatch } from '@malla/authz';
import type { SubjectAltNameMatch } from '@malla/proxy-config';
import type { CertificateFacts } from './peer-certificate.ts';

/** Does some name of a certificate match one of these? */
export type NamesMatch = (certificate: CertificateFacts) => boolean;

/** Undefined when every name is fine. */
export function compileNames(matches: readonly SubjectAltNameMatch[]): NamesMatch | undefined {
  if (matches.length === 0) return undefined;
  const compiled = matches.map(compileName);
  return (certificate) => compiled.some((match) => match(certificate));
}

/** A name that was asked for (auto SNI): any name of the certificate, DNS names with wild cards. */
export function hasName(certificate: CertificateFacts, name: string): boolean {
  if (certificate.dnsSans.some((san) => dnsNameMatches(name, san))) return true;
  return [certificate.uriSans, certificate.ipSans, certificate.emailSans].some((sans) => sans.includes(name));
}

function compileName({ type, matcher }: SubjectAltNameMatch): NamesMatch {
  const matches = compileStringMatch(matcher);
  switch (type) {
    case 'uri':
      return ({ uriSans }) => uriSans.some(matches);
    case 'ip':
      return ({ ipSans }) => ipSans.some(matches);
    case 'email':
      return ({ emailSans }) => emailSans.some(matches);
    case 'dns':
      // Only an exact name may be answered by a certificate with a wild card.
      return matcher.kind === 'exact'
        ? ({ dnsSans }) => dnsSans.some((san) => dnsNameMatches(matcher.value, san))
        : ({ dnsSans }) => dnsSans.some(matches);
  }
}

/** Does a certificate for `pattern`, such as `*.example.com`, stand for `name`? Source: Envoy's Utility::dnsNameMatch. */
export function dnsNameMatches(name: string, pattern: string): boolean {
  const [nameLabel, nameRest] = splitLabel(name.toLowerCase());
  const [patternLabel, patternRest] = splitLabel(pattern.toLowerCase());
  if (nameLabel === patternLabel && nameRest === patternRest) return true;
  if (nameRest === undefined || patternRest === undefined || nameRest !== patternRest) return false;
  if (patternRest.includes('*') || patternLabel.startsWith('xn--')) return false;
  const star = patternLabel.indexOf('*');
  if (star < 0 || patternLabel.indexOf('*', star + 1) >= 0) return false;
  if (patternLabel === '*') return true;
  const [before, after] = [patternLabel.slice(0, star), patternLabel.slice(star + 1)];
  return patternLabel.length <= nameLabel.length + 1 && nameLabel.startsWith(before) && nameLabel.endsWith(after);
}

function splitLabel(name: string): [label: string, rest: string | undefined] {
  const dot = name.indexOf('.');
  return dot < 0 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)];
}
