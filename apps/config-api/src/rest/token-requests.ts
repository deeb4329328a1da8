import type { TokenTable } from '@malla/store-prisma';
import { z } from 'zod';
import { accessTo, requireAccess } from '../access/caller.ts';
import { accountToken } from '../access/account-tokens.ts';
import { serviceAccountName } from '../access/rbac-index.ts';
import { notFound } from '../resources/not-found.ts';
import type { ResourceReads } from '../resources/resource-reads.ts';
import { timeText } from '../resources/stamp.ts';
import { answer, type ApiRequest, type ApiResponse } from './api-request.ts';
import { badRequest } from './api-status.ts';
import { parseObjectBody } from './content.ts';
import { readDryRun } from './list-options.ts';
import type { RequestPath } from './request-path.ts';
import { keyAt, notAllowed } from './resource-request.ts';

export interface TokenRequestsParams {
  readonly reads: ResourceReads;
  readonly tokens: Pick<TokenTable, 'create'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const apiVersion = 'authentication.k8s.io/v1';
/** As Kubernetes: an hour by default, ten minutes at least; and a year at most. */
const defaultSeconds = 3_600;
const shortestSeconds = 600;
const longestSeconds = 31_536_000;
/** Tokens are for this API alone. */
const audience = 'malla';

const body = z.looseObject({
  kind: z.literal('TokenRequest').optional(),
  apiVersion: z.literal(apiVersion).optional(),
  spec: z
    .strictObject({
      audiences: z.array(z.string()).nullish(),
      expirationSeconds: z.int().min(shortestSeconds).max(longestSeconds).nullish(),
      boundObjectRef: z.null().optional(),
    })
    .optional(),
});

/** `kubectl create token`: access tokens by which a service account calls this API. https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/ */
export class TokenRequests {
  readonly #params: TokenRequestsParams;

  constructor(params: TokenRequestsParams) {
    this.#params = params;
  }

  /** True for the path of a service account's tokens. */
  serves({ definition, subresource }: RequestPath): boolean {
    return definition.group === '' && definition.kind === 'ServiceAccount' && subresource === 'token';
  }

  async create(request: ApiRequest, path: RequestPath): Promise<ApiResponse> {
    if (request.method !== 'POST') throw notAllowed('tokens can only be created');
    const { definition, namespace = '', name = '' } = path;
    requireAccess(request.caller, accessTo(definition, 'create', { namespace, name, subresource: 'token' }));
    const { audiences, expirationSeconds } = readSpec(request);
    await this.#params.reads.refresh();
    const key = keyAt(path, name);
    const account = this.#params.reads.get(key);
    if (account === undefined) throw notFound(key);
    const seconds = expirationSeconds ?? defaultSeconds;
    const expiresAt = new Date(this.#params.now() + seconds * 1_000);
    const user = accountToken(serviceAccountName(namespace, name), account.object.metadata.uid);
    const { token } = readDryRun(request.query)
      ? { token: '' }
      : await this.#params.tokens.create({ name: user, grants: [], createdBy: request.caller.name, expiresAt });
    const spec = { audiences: audiences ?? [audience], expirationSeconds: seconds };
    const status = { token, expirationTimestamp: timeText(expiresAt) };
    return answer({ kind: 'TokenRequest', apiVersion, metadata: { name, namespace }, spec, status }, 201);
  }
}

function readSpec(request: ApiRequest): {
  audiences?: string[] | null | undefined;
  expirationSeconds?: number | null | undefined;
} {
  const parsed = body.safeParse(parseObjectBody(request.body, request.contentType));
  if (!parsed.success)
    throw badRequest(
      parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; '),
    );
  const { audiences } = parsed.data.spec ?? {};
  const other = (audiences ?? []).find((each) => each !== audience && each !== '');
  if (other !== undefined)
    throw badRequest(`tokens are for the audience "${audience}" only, not "${other.slice(0, 80)}"`);
  return { ...parsed.data.spec, audiences: audiences?.length ? audiences : null };
}
