import ipaddr from 'ipaddr.js';

/** Parts of a URL as Go's net/url reads it, for the functions that Kubernetes adds to CEL. */
export interface CelUrlParts {
  readonly scheme: string;
  /** With port. */
  readonly host: string;
  readonly hostname: string;
  readonly port: string;
  readonly path: string;
  readonly query: Readonly<Record<string, readonly string[]>>;
}

/** See {@link CelUrlParts}; a class, so that a value of it is told from a map. */
export class CelUrl {
  readonly parts: CelUrlParts;

  constructor(parts: CelUrlParts) {
    this.parts = parts;
  }
}

const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s;
const badEscape = /%(?![0-9a-fA-F]{2})/;
/** What may not stand in a host, by Go's validation: everything but letters, digits, sub-delimiters and escapes. */
const hostname = /^[A-Za-z0-9\-._~!$&'()*+,;=:%"<>\u0080-\uffff[\]]*$/u;

/** What may stand before the @. */
const userInfo = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/;

/**
 * A URL of Kubernetes' CEL library, or undefined: an absolute URI or an absolute path, as `url.ParseRequestURI` accepts it.
 * Source: https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-url-library, Go net/url
 */
export function parseCelUrl(text: string): CelUrl | undefined {
  if (text === '' || hasControl(text)) return undefined;
  if (text === '*') return new CelUrl({ scheme: '', host: '', hostname: '', port: '', path: '*', query: {} });
  const match = scheme.exec(text);
  const name = (match?.[1] ?? '').toLowerCase();
  const [beforeQuery = '', ...queries] = (match?.[2] ?? text).split('?');
  const query = parseQuery(queries.join('?'));
  if (!beforeQuery.startsWith('/')) {
    // An opaque URI such as mailto:a, only with a scheme; Go has no host and no path for it.
    return match === null || match[2] === '' || match[2] === undefined
      ? undefined
      : new CelUrl({ scheme: name, host: '', hostname: '', port: '', path: '', query });
  }
  const hasAuthority = beforeQuery.startsWith('//') && (name !== '' || !beforeQuery.startsWith('///'));
  const rest = hasAuthority ? beforeQuery.slice(2) : beforeQuery;
  const slash = hasAuthority ? rest.indexOf('/') : 0;
  const authority = hasAuthority ? (slash < 0 ? rest : rest.slice(0, slash)) : '';
  const path = slash < 0 ? '' : rest.slice(slash);
  if (badEscape.test(path)) return undefined;
  const at = authority.lastIndexOf('@');
  if (at >= 0 && (!userInfo.test(authority.slice(0, at)) || badEscape.test(authority.slice(0, at)))) return undefined;
  const host = authority.slice(at + 1);
  const parts = hostParts(host);
  return parts === undefined ? undefined : new CelUrl({ scheme: name, host, ...parts, path: escapePath(path), query });
}

function hostParts(host: string): { readonly hostname: string; readonly port: string } | undefined {
  if (!hostname.test(host)) return undefined;
  const bracket = /^\[([^[\]]*)\](?::(\d*))?$/.exec(host);
  if (bracket !== null) {
    const address = (bracket[1] ?? '').replace(/%25.+$/, '');
    return ipaddr.IPv6.isValid(address) ? { hostname: bracket[1] ?? '', port: bracket[2] ?? '' } : undefined;
  }
  if (/[[\]]/.test(host)) return undefined;
  const colon = host.lastIndexOf(':');
  if (colon < 0) return badEscape.test(host) ? undefined : { hostname: host, port: '' };
  const port = host.slice(colon + 1);
  return /^\d*$/.test(port) ? { hostname: host.slice(0, colon), port } : undefined;
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 || unit === 0x7f) return true;
  }
  return false;
}

function escapePath(path: string): string {
  return path.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/%[\]]/gu, (character) =>
    Array.from(new TextEncoder().encode(character), (b) => `%${b.toString(16).toUpperCase().padStart(2, '0')}`).join(
      '',
    ),
  );
}

function parseQuery(text: string): Record<string, string[]> {
  const found: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const pair of text.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const [key = '', value = ''] = pair.split(/=(.*)/s).map(unescapeQuery);
    (found[key] ??= []).push(value);
  }
  return found;
}

function unescapeQuery(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
