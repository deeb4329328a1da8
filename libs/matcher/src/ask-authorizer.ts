import { compileValueMatch } from '@malla/authz';
import type { AuthorizerIr, HttpAuthorizerIr, ValueMatch } from '@malla/ir';
import type { AuthorizerQuestion, Deciders } from './deciders.ts';
import type { Headers, HttpRequest, HttpResponse } from './request.ts';

/** What an authorizer's answer does. */
export type AuthorizerVerdict =
  /** The request goes on, with these headers set; the caller's answer gets the others. */
  | { readonly kind: 'allowed'; readonly request: Headers; readonly response: Headers }
  | { readonly kind: 'denied'; readonly response: HttpResponse };

const none: AuthorizerVerdict = { kind: 'allowed', request: {}, response: {} };

/** Headers that a service which is asked by HTTP gets whatever is configured. */
const alwaysSent = new Set(['authorization']);
/** Headers of its answer that a refused caller gets whatever is configured. */
const alwaysReturned = new Set(['location', 'www-authenticate', 'proxy-authenticate', 'set-cookie']);

/** Asks an authorizer as the proxies do. Source: Envoy source/extensions/filters/http/ext_authz. */
export function askAuthorizer(
  authorizer: AuthorizerIr,
  { request, context, deciders }: { request: HttpRequest; context: Headers; deciders: Deciders },
): AuthorizerVerdict {
  const { service, failOpen, statusOnError } = authorizer;
  const answer = deciders.authorize(questionOf(authorizer, request, context));
  if (answer === undefined || (service.kind === 'http' && answer.status >= 500))
    return failOpen ? none : { kind: 'denied', response: { status: statusOnError, headers: {}, body: '' } };
  const { status, headers } = answer;
  if (service.kind === 'grpc')
    return status === 200 ? { kind: 'allowed', request: headers, response: {} } : { kind: 'denied', response: answer };
  if (status === 200)
    return {
      kind: 'allowed',
      request: picked(headers, service.toUpstream),
      response: picked(headers, service.toDownstreamOnAllow),
    };
  const kept =
    service.toDownstreamOnDeny.length === 0 ? headers : picked(headers, service.toDownstreamOnDeny, alwaysReturned);
  return { kind: 'denied', response: { ...answer, headers: kept } };
}

function questionOf(authorizer: AuthorizerIr, request: HttpRequest, context: Headers): AuthorizerQuestion {
  const { method, path, authority, headers } = request;
  const { service } = authorizer;
  if (service.kind === 'grpc') return { authorizer, context, method, path, authority, headers };
  return { authorizer, context, method, path: service.pathPrefix + path, authority, headers: sent(service, headers) };
}

function sent({ requestHeaders, addedHeaders }: HttpAuthorizerIr, headers: Headers): Headers {
  return { ...picked(headers, requestHeaders, alwaysSent), ...Object.fromEntries(addedHeaders) };
}

function picked(headers: Headers, names: readonly ValueMatch[], always: ReadonlySet<string> = new Set()): Headers {
  const wanted = names.map(compileValueMatch);
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => always.has(name) || wanted.some((matches) => matches(name))),
  );
}
