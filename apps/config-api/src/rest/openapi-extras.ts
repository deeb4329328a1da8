import { failureAnswers, jsonAnswer, type FailureCode } from './openapi-answers.ts';

type Json = Record<string, unknown>;

const text = { type: 'string' };
const whole = { type: 'integer', format: 'int64' };
const time = { type: 'string', format: 'date-time' };
const anyObject = { type: 'object', additionalProperties: true };

const object = (properties: Json, required: readonly string[] = []): Json => ({
  type: 'object',
  properties,
  ...(required.length > 0 ? { required } : {}),
});
const list = (items: Json): Json => object({ items: { type: 'array', items } });
const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: Json): Json => ({ content: { 'application/json': { schema } } });
const query = (name: string, description: string, required = false): Json => ({
  name,
  in: 'query',
  description,
  required,
  schema: text,
});
const inPath = (name: string): Json => ({ name, in: 'path', required: true, schema: { ...text, minLength: 1 } });

interface OperationParts {
  readonly parameters?: readonly Json[];
  readonly body?: Json;
  readonly result: Json;
  /** HTTP status of success; default 200. */
  readonly status?: number;
  /** Failures besides those that can always come. */
  readonly failures?: readonly FailureCode[];
}

const operation = (summary: string, parts: OperationParts): Json => ({
  summary,
  ...(parts.parameters === undefined ? {} : { parameters: parts.parameters }),
  ...(parts.body === undefined ? {} : { requestBody: { required: true, ...json(parts.body) } }),
  responses: {
    [parts.status ?? 200]: jsonAnswer('OK', parts.result),
    ...failureAnswers(...(parts.body === undefined ? [] : [413 as const]), ...(parts.failures ?? [])),
  },
});

const naming = [
  query('resource', 'plural or plural.group, such as virtualservices.networking.istio.io', true),
  query('namespace', 'left out for cluster-scoped kinds'),
  query('name', 'name of the object', true),
];
const grant = object(
  { role: { type: 'string', enum: ['admin', 'editor', 'viewer'] }, namespace: { ...text, description: '* for all' } },
  ['role', 'namespace'],
);

/** Schemas of Malla's own endpoints. Values of secrets are redacted in all of them. */
export const extraSchemas: Json = {
  HistoryEntry: object({
    revision: whole,
    operation: { type: 'string', enum: ['created', 'replaced', 'deleted'] },
    author: text,
    time,
    changeId: text,
    object: anyObject,
  }),
  Diff: object({
    from: whole,
    to: whole,
    patch: { type: 'array', items: anyObject, description: 'JSON patch (RFC 6902)' },
  }),
  RollbackRequest: object(
    { resource: text, namespace: text, name: text, toRevision: whole, dryRun: { type: 'boolean' } },
    ['resource', 'name', 'toRevision'],
  ),
  JoinTokenRequest: object({ namespace: text, serviceAccount: text, ttlSeconds: whole }, [
    'namespace',
    'serviceAccount',
  ]),
  JoinToken: object({ token: text, expiresAt: time, spiffeId: text }),
  AccessToken: object({
    id: text,
    name: text,
    grants: { type: 'array', items: grant },
    createdBy: text,
    createdAt: time,
    expiresAt: time,
  }),
  AccessTokenRequest: object({ name: text, grants: { type: 'array', items: grant }, ttlSeconds: whole }, [
    'name',
    'grants',
  ]),
  NewAccessToken: object({
    token: { ...text, description: 'shown only here' },
    id: text,
    name: text,
    grants: { type: 'array', items: grant },
  }),
  Proxy: object({
    id: text,
    namespace: text,
    type: text,
    cluster: text,
    version: text,
    dataPlane: text,
    connectedSince: time,
    discovery: text,
    revision: text,
    admin: text,
    types: anyObject,
  }),
  AuditEntry: object({
    time,
    subject: text,
    source: text,
    verb: text,
    resource: text,
    namespace: text,
    name: text,
    code: whole,
    message: text,
    changeId: text,
  }),
};

const root = '/apis/malla.io/v1';

/** Malla's own endpoints, as OpenAPI paths. */
export const extraPaths: Json = {
  [`${root}/history`]: {
    get: operation('What happened to an object, newest first', {
      parameters: [
        ...naming,
        query('limit', 'at most so many; 100'),
        query('before', 'only revisions before this one'),
      ],
      result: list(ref('HistoryEntry')),
    }),
  },
  [`${root}/diff`]: {
    get: operation('What changed between two revisions of an object', {
      parameters: [...naming, query('from', 'revision', true), query('to', 'revision; the newest by default')],
      result: ref('Diff'),
    }),
  },
  [`${root}/rollback`]: {
    post: operation('Writes an object as it was at a revision, as a new revision', {
      body: ref('RollbackRequest'),
      result: anyObject,
      failures: [409, 422],
    }),
  },
  [`${root}/tokens`]: {
    post: operation('A join token for a workload outside Kubernetes', {
      body: ref('JoinTokenRequest'),
      result: ref('JoinToken'),
      status: 201,
    }),
  },
  [`${root}/accesstokens`]: {
    get: operation('Access tokens of this API', { result: list(ref('AccessToken')) }),
    post: operation('Makes an access token', {
      body: ref('AccessTokenRequest'),
      result: ref('NewAccessToken'),
      status: 201,
    }),
  },
  [`${root}/accesstokens/{id}`]: {
    delete: operation('Revokes an access token', { parameters: [inPath('id')], result: anyObject }),
  },
  [`${root}/proxies`]: {
    get: operation('What each proxy was sent and acknowledged', {
      parameters: [query('namespace', 'only of this namespace')],
      result: list(ref('Proxy')),
    }),
  },
  [`${root}/proxies/{id}`]: {
    get: operation('One proxy', {
      parameters: [inPath('id'), query('namespace', 'its namespace, for callers with rights in one alone')],
      result: ref('Proxy'),
    }),
  },
  [`${root}/audit`]: {
    get: operation('Who asked for what, newest first', {
      parameters: [query('limit', 'at most so many; 100')],
      result: list(ref('AuditEntry')),
    }),
  },
  [`${root}/whoami`]: {
    get: operation('The caller and its rights', {
      result: object({ name: text, grants: { type: 'array', items: grant } }),
    }),
  },
};
