import { MallaError, type Resource } from '@malla/model';
import type { AuditLog, Grant, TokenRecord, TokenTable } from '@malla/store-prisma';
import { z } from 'zod';
import { accessTo, requireAccess, type Verb } from '../access/caller.ts';
import type { PostedAnalyses } from '../effective/posted-analysis.ts';
import type { WorkloadApi } from '../effective/workload-api.ts';
import type { Deliveries } from '../resources/delivery-status.ts';
import { redact } from '../resources/redaction.ts';
import type { ResourceHistory } from '../resources/resource-history.ts';
import { answer, type ApiRequest, type ApiResponse } from '../rest/api-request.ts';
import { badRequest, httpError } from '../rest/api-status.ts';
import { parseJson, readManifestText } from '../rest/content.ts';
import { one, readDryRun, wholeNumber } from '../rest/list-options.ts';
import { namedResource, type NamedResource } from './named-resource.ts';

/** A token by which a workload gets its first certificate. */
export interface JoinToken {
  readonly token: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  readonly spiffeId: string;
}

/** Where join tokens come from: the certificate authority. */
export interface JoinTokens {
  create(params: {
    namespace: string;
    serviceAccount: string;
    ttlSeconds: number;
    requestedBy: string;
  }): Promise<JoinToken>;
}

export interface MallaApiParams {
  readonly history: ResourceHistory;
  readonly tokens: TokenTable;
  readonly audit: AuditLog;
  readonly joinTokens: JoinTokens;
  readonly deliveries: Deliveries;
  readonly workloads: WorkloadApi;
  readonly analyses: PostedAnalyses;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const mallaGroup = 'malla.io';

type Endpoint = (request: ApiRequest, rest: readonly string[]) => Promise<ApiResponse>;

/** Malla's own endpoints below `/apis/malla.io/v1`; documented in OpenAPI (`openapi-extras.ts`). */
export class MallaApi {
  readonly #params: MallaApiParams;
  readonly #endpoints: Readonly<Record<string, Endpoint>>;

  constructor(params: MallaApiParams) {
    this.#params = params;
    this.#endpoints = {
      'GET history': (request) => this.#history(request),
      'GET diff': (request) => this.#diff(request),
      'POST rollback': (request) => this.#rollback(request),
      'POST tokens': (request) => this.#createJoinToken(request),
      'GET accesstokens': (request) => this.#listTokens(request),
      'POST accesstokens': (request) => this.#createToken(request),
      'DELETE accesstokens': (request, [id]) => this.#revokeToken(request, id),
      'GET proxies': (request, rest) => this.#proxies(request, rest),
      'GET namespaces': (request, rest) => params.workloads.handle(request, rest),
      'POST analyze': (request) => this.#analyze(request),
      'GET audit': (request) => this.#audit(request),
      'GET whoami': ({ caller: { name, groups, grants } }) => Promise.resolve(answer({ name, groups, grants })),
    };
  }

  async handle(request: ApiRequest): Promise<ApiResponse> {
    const [name = '', ...rest] = request.path
      .split('/')
      .slice(4)
      .filter((part) => part !== '')
      .map(decodeURIComponent);
    const endpoint = this.#endpoints[`${request.method} ${name}`];
    if (endpoint !== undefined) return endpoint(request, rest);
    const exists = Object.keys(this.#endpoints).some((each) => each.endsWith(` ${name}`));
    if (exists) throw httpError('unsupported', `${request.method} is not served for ${name}`, {});
    throw httpError('not_found', `malla.io/v1 has no "${name}"; see /openapi/v3/apis/malla.io/v1`, {});
  }

  async #history(request: ApiRequest): Promise<ApiResponse> {
    const { key } = named(request, 'get');
    const [limit = 100, before] = [wholeNumber(request.query, 'limit'), wholeNumber(request.query, 'before')];
    const changes = await this.#params.history.history(key, {
      limit: Math.min(limit, 1_000),
      ...(before === undefined ? {} : { before }),
    });
    const items = changes.map(({ revision, operation, author, time, changeId, object }) => ({
      revision,
      operation,
      author,
      time,
      changeId,
      object,
    }));
    return answer({ kind: 'HistoryList', apiVersion: 'malla.io/v1', items });
  }

  async #diff(request: ApiRequest): Promise<ApiResponse> {
    const { key } = named(request, 'get');
    const from = wholeNumber(request.query, 'from');
    if (from === undefined) throw badRequest('from (a revision) is required');
    return answer({
      kind: 'Diff',
      apiVersion: 'malla.io/v1',
      ...(await this.#params.history.diff(key, from, wholeNumber(request.query, 'to'))),
    });
  }

  async #rollback(request: ApiRequest): Promise<ApiResponse> {
    const body = readBody(rollbackBody, request);
    const { key, definition } = namedResource(body);
    requireAccess(
      request.caller,
      accessTo(definition, 'update', { namespace: key.namespace || undefined, name: key.name }),
    );
    const context = {
      author: request.caller.name,
      caller: request.caller,
      changeId: request.changeId,
      dryRun: body.dryRun || readDryRun(request.query),
      fieldManager: 'malla-rollback',
    };
    const { object, warnings } = await this.#params.history.rollback({ key, toRevision: body.toRevision }, context);
    return answer(redact(object as Resource), 200, warnings);
  }

  async #createJoinToken(request: ApiRequest): Promise<ApiResponse> {
    const body = readBody(joinTokenBody, request);
    requireAccess(request.caller, { verb: 'create', group: mallaGroup, resource: 'tokens', namespace: body.namespace });
    return answer(await this.#params.joinTokens.create({ ...body, requestedBy: request.caller.name }), 201);
  }

  async #listTokens(request: ApiRequest): Promise<ApiResponse> {
    administer(request, 'list', 'accesstokens');
    return answer({ kind: 'AccessTokenList', apiVersion: 'malla.io/v1', items: this.#params.tokens.list() });
  }

  async #createToken(request: ApiRequest): Promise<ApiResponse> {
    administer(request, 'create', 'accesstokens');
    const { name, grants, ttlSeconds } = readBody(accessTokenBody, request);
    const expiry = ttlSeconds === undefined ? {} : { expiresAt: new Date(this.#params.now() + ttlSeconds * 1_000) };
    const { token, record } = await this.#params.tokens.create({
      name,
      grants: grants as readonly Grant[],
      createdBy: request.caller.name,
      ...expiry,
    });
    return answer({ token, ...(record satisfies TokenRecord) }, 201);
  }

  async #revokeToken(request: ApiRequest, id: string | undefined): Promise<ApiResponse> {
    administer(request, 'delete', 'accesstokens');
    if (id === undefined) throw badRequest('name the token: DELETE /apis/malla.io/v1/accesstokens/<id>');
    await this.#params.tokens.revoke(id);
    return answer({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 200 });
  }

  async #proxies(request: ApiRequest, [id]: readonly string[]): Promise<ApiResponse> {
    const namespace = one(request.query, 'namespace');
    requireAccess(request.caller, {
      verb: id === undefined ? 'list' : 'get',
      group: mallaGroup,
      resource: 'proxies',
      namespace,
    });
    const all = (await this.#params.deliveries.list()).filter(
      (proxy) => namespace === undefined || proxy.namespace === namespace,
    );
    if (id === undefined) return answer({ kind: 'ProxyList', apiVersion: 'malla.io/v1', items: all });
    const found = all.find((proxy) => proxy.id === id);
    if (found === undefined) throw new MallaError('not_found', `proxy "${id}" is not connected`);
    return answer(found);
  }

  async #analyze(request: ApiRequest): Promise<ApiResponse> {
    const scope = one(request.query, 'scope') ?? 'posted';
    if (scope !== 'posted' && scope !== 'mesh') throw badRequest('scope must be posted or mesh');
    const text = readManifestText(request.body, request.contentType);
    const namespace = one(request.query, 'namespace') ?? 'default';
    const found = await this.#params.analyses.analyze(request.caller, {
      text,
      namespace,
      wholeMesh: scope === 'mesh',
    });
    return answer({ kind: 'Analysis', apiVersion: 'malla.io/v1', ...found });
  }

  async #audit(request: ApiRequest): Promise<ApiResponse> {
    administer(request, 'list', 'audit');
    const limit = Math.min(wholeNumber(request.query, 'limit') ?? 100, 1_000);
    const items = (await this.#params.audit.list(limit)).map((record) => ({
      ...record,
      decision: record.code === 401 || record.code === 403 ? 'forbid' : 'allow',
    }));
    return answer({ kind: 'AuditList', apiVersion: 'malla.io/v1', items });
  }
}

const label = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, { error: 'must be a DNS label' })
  .max(63);
const namespaceOrAll = z.union([z.literal('*'), label]);

const rollbackBody = z.strictObject({
  resource: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  toRevision: z.int().positive(),
  dryRun: z.boolean().default(false),
});
const joinTokenBody = z.strictObject({
  namespace: label,
  serviceAccount: label,
  ttlSeconds: z.int().nonnegative().max(31_536_000).default(0),
});
const accessTokenBody = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(100)
    .refine((name) => !name.startsWith('system:'), { error: 'must not begin with "system:"' }),
  grants: z
    .array(z.strictObject({ role: z.enum(['admin', 'editor', 'viewer']), namespace: namespaceOrAll }))
    .min(1)
    .max(100),
  ttlSeconds: z.int().positive().max(315_360_000).optional(),
});

function readBody<T>(schema: z.ZodType<T>, request: ApiRequest): T {
  const parsed = schema.safeParse(parseJson(request.body));
  if (parsed.success) return parsed.data;
  throw badRequest(
    parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; '),
  );
}

function named(request: ApiRequest, verb: Verb): NamedResource {
  const { query } = request;
  const found = namedResource({
    resource: one(query, 'resource'),
    namespace: one(query, 'namespace'),
    name: one(query, 'name'),
  });
  const { definition, key } = found;
  requireAccess(request.caller, accessTo(definition, verb, { namespace: key.namespace || undefined, name: key.name }));
  return found;
}

/** Administrative endpoints are not of a namespace: only a grant for all counts. */
function administer(request: ApiRequest, verb: Verb, resource: string): void {
  requireAccess(request.caller, { verb, group: mallaGroup, resource, namespace: undefined });
}
