import type { RedirectIr } from '@malla/ir';
import type { HttpRoute } from '@malla/model';

/** What proxies can send; for others 301 is sent, of which validation warns. */
const codes = [301, 302, 303, 307, 308] as const;

type Redirect = NonNullable<HttpRoute['redirect']>;

/** A redirect. `FROM_REQUEST_PORT` is the service's port, which routes are made for; the port that a scheme has anyway is not written. */
export function resolveRedirect(redirect: Redirect, servicePort: number): RedirectIr {
  const port = resolvePort(redirect, servicePort);
  return {
    kind: 'redirect',
    ...(redirect.uri === undefined || redirect.uri === '' ? {} : { path: redirect.uri }),
    ...(redirect.authority === undefined || redirect.authority === '' ? {} : { authority: redirect.authority }),
    ...(port === undefined ? {} : { port }),
    ...(redirect.scheme === 'http' || redirect.scheme === 'https' ? { scheme: redirect.scheme } : {}),
    code: codes.find((code) => code === redirect.redirectCode) ?? 301,
  };
}

function resolvePort({ port, derivePort, scheme = 'http' }: Redirect, servicePort: number): RedirectIr['port'] {
  if (derivePort === 'FROM_PROTOCOL_DEFAULT') return 'protocol-default';
  const wanted = port ?? (derivePort === 'FROM_REQUEST_PORT' ? servicePort : undefined);
  const implied = scheme === 'https' ? 443 : 80;
  return wanted === implied ? 'protocol-default' : wanted;
}
