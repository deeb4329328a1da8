import type { DirectResponseIr, RedirectIr } from '@malla/ir';
import { RedirectAction_RedirectResponseCode as Code } from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';

const codes: Readonly<Record<RedirectIr['code'], Code>> = {
  301: Code.MOVED_PERMANENTLY,
  302: Code.FOUND,
  303: Code.SEE_OTHER,
  307: Code.TEMPORARY_REDIRECT,
  308: Code.PERMANENT_REDIRECT,
};

/** Envoy's redirect. `servicePort` is what `request-port` stands for; the scheme's own port is Envoy's default. */
export function redirectAction(redirect: RedirectIr, servicePort: number | undefined) {
  const port = redirect.port === 'request-port' ? servicePort : redirect.port;
  return {
    responseCode: codes[redirect.code],
    ...(redirect.path !== undefined && {
      pathRewriteSpecifier: { case: 'pathRedirect' as const, value: redirect.path },
    }),
    ...(redirect.authority !== undefined && { hostRedirect: redirect.authority }),
    ...(redirect.scheme !== undefined && {
      schemeRewriteSpecifier: { case: 'schemeRedirect' as const, value: redirect.scheme },
    }),
    ...(typeof port === 'number' && { portRedirect: port }),
  };
}

/** An answer by the proxy itself. */
export function directResponseAction({ status, body }: DirectResponseIr) {
  return { status, ...(body !== '' && { body: { specifier: { case: 'inlineString' as const, value: body } } }) };
}
