import type { CallInfo, ServiceHandlers } from '@malla/grpc';
import { authorizerContext } from '@malla/ir';
import { MallaError } from '@malla/model';
import { HeaderValueOption_HeaderAppendAction as AppendAction } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type { Authorization, CheckRequest } from '@malla/protos/gen/envoy/service/auth/v3/external_auth_pb';
import { StatusCode } from '@malla/protos/gen/envoy/type/v3/http_status_pb';
import type { Registry } from 'prom-client';
import { callingWorkload, requireOwnPolicy } from '../calling-workload.ts';
import { ApiKeyMetrics } from './api-key-metrics.ts';
import { checkApiKey, headersOf, type KeyVerdict } from './api-key-check.ts';
import type { ApiKeyTable } from './api-key-table.ts';

export interface AuthorizationServiceParams {
  /** Undefined while policies and secrets are not loaded yet. */
  readonly apiKeys: () => ApiKeyTable | undefined;
  readonly metrics: Registry;
  readonly trustDomain: string;
  readonly rootNamespace: string;
}

/** Header by which the application learns whose key it was; what a client sends under this name is replaced. */
const clientHeader = 'x-api-client';
const mostPolicies = 64;

/** google.rpc.Code. */
const rpcCode = { ok: 0, permissionDenied: 7, unauthenticated: 16 } as const;

/**
 * envoy.service.auth.v3.Authorization: the authorizer `malla` of CUSTOM policies, which asks for API keys. Never needs the
 * body, and never logs a header.
 * Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/service/auth/v3/external_auth.proto
 */
export function authorizationHandlers(params: AuthorizationServiceParams): ServiceHandlers<typeof Authorization> {
  const metrics = new ApiKeyMetrics(params.metrics);
  return {
    check(request, call) {
      const verdict = decide(request, call, params);
      metrics.checked(verdict);
      return responseOf(verdict);
    },
  };
}

function decide(
  { attributes }: CheckRequest,
  call: CallInfo,
  { apiKeys, trustDomain, rootNamespace }: AuthorizationServiceParams,
): KeyVerdict {
  const identity = callingWorkload(call, trustDomain);
  if (attributes?.request?.http === undefined)
    throw new MallaError('invalid', 'attributes.request.http: API keys are in headers of HTTP requests');
  const principal = attributes.destination?.principal ?? '';
  if (principal !== '' && principal !== call.peer)
    throw new MallaError('permission_denied', `${call.peer} may not ask for requests to ${principal}`);
  const policies = namesIn(attributes.contextExtensions[authorizerContext.apiKeyPolicies]);
  for (const policy of policies) requireOwnPolicy(identity, policy.slice(0, policy.indexOf('/')), rootNamespace);
  const table = apiKeys();
  if (table === undefined) throw new MallaError('unavailable', 'API keys are not loaded yet');
  return checkApiKey(table, policies, headersOf(attributes));
}

/** `ns/name,ns/name` */
function namesIn(text = ''): readonly string[] {
  const names = text.split(',').filter((name) => name !== '');
  if (names.length > mostPolicies || names.some((name) => name.indexOf('/') <= 0))
    throw new MallaError('invalid', `context_extensions: ${authorizerContext.apiKeyPolicies} is no list of policies`);
  return names;
}

function responseOf(verdict: KeyVerdict) {
  switch (verdict.outcome) {
    case 'allowed':
      return {
        status: { code: rpcCode.ok },
        dynamicMetadata: { client: verdict.client, policy: verdict.policy },
        httpResponse: {
          case: 'okResponse' as const,
          value: { headers: [header(clientHeader, verdict.client)], headersToRemove: [...verdict.headers] },
        },
      };
    case 'no_policy':
      return denied(rpcCode.permissionDenied, StatusCode.Forbidden, 'No ApiKeyPolicy selects this workload.\n');
    case 'no_key':
      return unauthorized(verdict.header, `An API key is needed in the header ${verdict.header}.\n`);
    case 'unknown_key':
      return unauthorized(verdict.header, `The API key in the header ${verdict.header} is not known.\n`);
  }
}

/** RFC 9110, section 11.6.1: a 401 names a way to authenticate. */
function unauthorized(name: string, body: string) {
  const challenge = header('www-authenticate', `ApiKey realm="malla", header="${name}"`);
  return denied(rpcCode.unauthenticated, StatusCode.Unauthorized, body, [challenge]);
}

function denied(code: number, status: StatusCode, body: string, headers: ReturnType<typeof header>[] = []) {
  return {
    status: { code, message: body.trimEnd() },
    httpResponse: {
      case: 'deniedResponse' as const,
      value: { status: { code: status }, headers: [...headers, header('content-type', 'text/plain')], body },
    },
  };
}

function header(key: string, value: string) {
  return { header: { key, value }, appendAction: AppendAction.OVERWRITE_IF_EXISTS_OR_ADD };
}
