import type { RedirectIr } from '@malla/ir';
import { splitTarget } from './path.ts';
import type { HttpRequest } from './request.ts';

/**
 * The Location header of a redirect as Envoy computes it: the request's own parts where the redirect names none; a redirect path
 * without a query keeps the request's query. `port` is the port that the request was sent to, `requestScheme` how (default http).
 * Source: Envoy source/common/router/config_impl.cc, newUri and processRequestHost.
 */
export function redirectLocation(
  redirect: RedirectIr,
  request: Pick<HttpRequest, 'authority' | 'path'>,
  { port, requestScheme = 'http' }: { readonly port: number; readonly requestScheme?: 'http' | 'https' },
): string {
  const scheme = redirect.scheme ?? requestScheme;
  const newPort = redirectPort(redirect.port, port);
  const host =
    redirect.authority ?? hostWithoutStalePort(request.authority, { scheme, requestScheme, replaced: newPort !== '' });
  return `${scheme}://${host}${newPort}${redirectPath(redirect.path, request.path)}`;
}

function redirectPort(port: RedirectIr['port'], requestPort: number): string {
  // 'protocol-default' is Envoy's behaviour without a port.
  if (port === undefined || port === 'protocol-default') return '';
  return `:${port === 'request-port' ? requestPort : port}`;
}

function hostWithoutStalePort(
  authority: string,
  { scheme, requestScheme, replaced }: { scheme: string; requestScheme: string; replaced: boolean },
): string {
  const match = /^(\[[^\]]*\]|[^:]*)(:\d+)$/.exec(authority);
  if (match === null) return authority;
  const defaultPortLeft = scheme !== requestScheme && match[2] === (requestScheme === 'http' ? ':80' : ':443');
  return replaced || defaultPortLeft ? (match[1] as string) : authority;
}

function redirectPath(path: string | undefined, target: string): string {
  if (path === undefined) return target;
  return path.includes('?') ? path : path + splitTarget(target).query;
}
