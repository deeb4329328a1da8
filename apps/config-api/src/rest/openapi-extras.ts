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
const bodyOf = (schema: Json, yaml = false): Json => ({
  content: { 'application/json': { schema }, ...(yaml ? { 'application/yaml': { schema } } : {}) },
});
const scope = { type: 'string', enum: ['posted', 'mesh'] };
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
  /** The body may be YAML too. */
  readonly yaml?: boolean;
  readonly result: Json;
  /** HTTP status of success; default 200. */
  readonly status?: number;
  /** Failures besides those that can always come. */
  readonly failures?: readonly FailureCode[];
}

const operation = (summary: string, parts: OperationParts): Json => ({
  summary,
  ...(parts.parameters === undefined ? {} : { parameters: parts.parameters }),
  ...(parts.body === undefined ? {} : { requestBody: { required: true, ...bodyOf(parts.body, parts.yaml) } }),
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

const texts = { type: 'array', items: text };
const port = { type: 'integer', minimum: 0, maximum: 65_535 };
const origin = object({ kind: text, namespace: text, name: text }, ['kind', 'namespace', 'name']);
const level = { type: 'string', enum: ['workload', 'namespace', 'mesh'] };
const mutualTls = object({ mode: { type: 'string', enum: ['disable', 'permissive', 'strict'] }, origin }, ['mode']);
const arrayOf = (items: Json): Json => ({ type: 'array', items });
const policies = arrayOf(object({ origin, level, rules: whole }, ['origin', 'level', 'rules']));

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
  Workload: object(
    {
      name: text,
      namespace: text,
      source: { type: 'string', enum: ['registration', 'pod', 'workloadEntry'] },
      serviceAccount: text,
      labels: { type: 'object', additionalProperties: text },
    },
    ['name', 'namespace', 'source', 'serviceAccount', 'labels'],
  ),
  EffectiveConfiguration: object(
    {
      workload: ref('Workload'),
      revision: { ...whole, description: 'state of the store that it was read from' },
      services: { ...texts, description: 'hosts of the services that it is behind' },
      ports: arrayOf(object({ port, protocol: text, service: text, mutualTls }, ['port', 'protocol', 'mutualTls'])),
      otherPorts: mutualTls,
      peerAuthentications: arrayOf(object({ origin, level }, ['origin', 'level'])),
      authorization: object(
        { deny: policies, allow: policies, otherwise: { type: 'string', enum: ['allow', 'deny'] } },
        ['deny', 'allow', 'otherwise'],
      ),
      destinations: arrayOf(
        object({ host: text, origins: arrayOf(origin), subsets: texts, trafficPolicy: anyObject }, ['host', 'origins']),
      ),
      routes: arrayOf(object({ host: text, origins: arrayOf(origin) }, ['host', 'origins'])),
      selecting: arrayOf(object({ origin, level, enforced: { type: 'boolean' } }, ['origin', 'level', 'enforced'])),
      cuts: arrayOf(object({ origin, path: text, message: text }, ['origin', 'path', 'message'])),
      diagnostics: arrayOf(object({ code: text, message: text, origin }, ['code', 'message'])),
    },
    ['workload', 'revision', 'services', 'ports', 'otherPorts', 'authorization', 'selecting', 'cuts', 'diagnostics'],
  ),
  Analysis: object(
    {
      findings: arrayOf(
        object(
          {
            code: text,
            level: { type: 'string', enum: ['error', 'warning', 'info'] },
            message: text,
            origin: text,
            path: text,
            documentationUrl: text,
            line: whole,
            column: whole,
          },
          ['code', 'level', 'message', 'origin', 'path'],
        ),
      ),
      problems: { ...arrayOf(anyObject), description: 'documents that could not be read' },
    },
    ['findings', 'problems'],
  ),
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
  [`${root}/namespaces/{namespace}/workloads`]: {
    get: operation('Workloads of a namespace: registered ones, Pods and WorkloadEntries', {
      parameters: [inPath('namespace')],
      result: list(ref('Workload')),
    }),
  },
  [`${root}/namespaces/{namespace}/workloads/{name}/effective`]: {
    get: operation('All configuration that applies to a workload, each part with the object that it comes from', {
      parameters: [inPath('namespace'), inPath('name')],
      result: ref('EffectiveConfiguration'),
    }),
  },
  [`${root}/analyze`]: {
    post: operation('Analyses objects (YAML or JSON, any number) as if they were stored, and stores nothing', {
      parameters: [
        query('namespace', 'of objects that name none; default'),
        { ...query('scope', 'posted: findings about these objects; mesh: about all'), schema: scope },
      ],
      body: anyObject,
      yaml: true,
      result: ref('Analysis'),
      failures: [415],
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
