import type { OpenApiKind } from '@malla/model';
import { bodyFailures, failureAnswers, jsonAnswer, schemaRef, statusSchemaName } from './openapi-answers.ts';
import { patchTypesOf } from './patch-types.ts';
import { hasStatus } from './present.ts';

type Json = Record<string, unknown>;

/** Name of the schema of the body of a deletion. */
export const deleteOptionsName = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';

const text = { type: 'string' };
const flag = { type: 'boolean' };
const count = { type: 'integer', minimum: 0, maximum: 999_999_999_999_999 };
const dryRun = { type: 'string', enum: ['All'] };
const propagation = { type: 'string', enum: ['Background', 'Foreground', 'Orphan'] };

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/ */
export const deleteOptionsSchema: Json = {
  type: 'object',
  properties: {
    kind: text,
    apiVersion: text,
    dryRun: { type: 'array', items: dryRun },
    gracePeriodSeconds: { type: 'integer', format: 'int64' },
    preconditions: {
      type: 'object',
      properties: { uid: text, resourceVersion: { ...text, pattern: '^[0-9]{0,15}$' } },
    },
    propagationPolicy: propagation,
  },
};

const query = (name: string, schema: Json, description: string): Json => ({
  name,
  in: 'query',
  description,
  schema,
  // As Kubernetes has it: the parameter is given once.
  uniqueItems: true,
});
const inPath = (name: string, description: string): Json => ({
  name,
  in: 'path',
  description,
  required: true,
  schema: { ...text, minLength: 1 },
});

const writeParameters = [
  query('dryRun', dryRun, 'All: check and answer, and store nothing'),
  query(
    'fieldManager',
    { ...text, maxLength: 128 },
    'who writes, for managedFields; default: the program of the user agent',
  ),
  // kubectl looks for this on the PATCH of a kind to learn that the server checks unknown fields.
  query('fieldValidation', { type: 'string', enum: ['Strict', 'Warn', 'Ignore'] }, 'unknown fields; default Strict'),
];
const applyParameters = [...writeParameters, query('force', flag, 'server-side apply: take fields of other managers')];
const deleteParameters = [
  query('dryRun', dryRun, 'All: check and answer, and delete nothing'),
  query('gracePeriodSeconds', count, 'accepted; nothing here has a grace period'),
  query('orphanDependents', flag, 'true: leave dependents alone'),
  query('propagationPolicy', propagation, 'what becomes of dependents; default Background'),
];
const selectParameters = [
  query('labelSelector', text, 'such as app=reviews,version!=v1'),
  query('fieldSelector', text, 'such as metadata.name=reviews'),
  query('limit', count, 'at most so many; 0 for all'),
  query('continue', text, 'where the list before ended'),
  query('resourceVersion', { ...text, pattern: '^[0-9]{1,15}$' }, 'the state to read, or to watch from'),
  query('resourceVersionMatch', { type: 'string', enum: ['Exact', 'NotOlderThan'] }, 'how resourceVersion is meant'),
];
const listParameters = [
  ...selectParameters,
  query('watch', flag, 'go on with changes, one JSON document a line'),
  query('allowWatchBookmarks', flag, 'of a watch: with bookmarks'),
  query('sendInitialEvents', flag, 'of a watch: begin with the whole state'),
  query('timeoutSeconds', count, 'of a watch: end after so long'),
];

/** The paths of one version of a kind, for OpenAPI 3. */
export function pathsOf(kind: OpenApiKind, documentName: string): [string, Json][] {
  const { definition } = kind;
  const { plural, namespaced } = definition;
  const root = `/${documentName}`;
  const namespace = namespaced ? [inPath('namespace', 'namespace of the object')] : [];
  const collection = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
  const named = [...namespace, inPath('name', 'name of the object')];
  const operations = new KindOperations(kind);
  const entries: [string, Json][] = [
    [
      collection,
      {
        ...withParameters(namespace),
        get: operations.list(),
        post: operations.create(),
        delete: operations.deleteCollection(),
      },
    ],
    [
      `${collection}/{name}`,
      {
        ...withParameters(named),
        get: operations.get(),
        put: operations.replace(),
        patch: operations.patch(),
        delete: operations.delete(),
      },
    ],
  ];
  if (hasStatus(definition))
    entries.push([
      `${collection}/{name}/status`,
      {
        ...withParameters(named),
        get: operations.get('Status'),
        put: operations.replace('Status'),
        patch: operations.patch('Status'),
      },
    ]);
  if (namespaced) entries.push([`${root}/${plural}`, { get: operations.list('ForAllNamespaces') }]);
  if (definition.group === '' && definition.kind === 'ServiceAccount')
    entries.push([`${collection}/{name}/token`, { ...withParameters(named), post: tokenOperation }]);
  return entries;
}

/** Name of the schema of lists of a kind. */
export function listName({ name }: OpenApiKind): string {
  return `${name}List`;
}

/** The schema of lists of a kind. */
export function listSchema({ definition, version, name }: OpenApiKind): Json {
  const { group, kind } = definition;
  return {
    type: 'object',
    description: `Objects of kind ${kind}.`,
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string', enum: [`${kind}List`] },
      metadata: {
        type: 'object',
        properties: { resourceVersion: text, continue: text, remainingItemCount: { type: 'integer', format: 'int64' } },
      },
      items: { type: 'array', items: schemaRef(name) },
    },
    required: ['apiVersion', 'kind', 'metadata', 'items'],
    'x-kubernetes-group-version-kind': [{ group, version, kind: `${kind}List` }],
  };
}

const withParameters = (parameters: readonly Json[]): Json => (parameters.length === 0 ? {} : { parameters });

/** The operations on one version of a kind. Each says what it takes, and all that it can answer. */
class KindOperations {
  readonly #kind: OpenApiKind;
  readonly #object: Json;
  readonly #list: Json;

  constructor(kind: OpenApiKind) {
    this.#kind = kind;
    this.#object = schemaRef(kind.name);
    this.#list = schemaRef(listName(kind));
  }

  list(of = ''): Json {
    const answers = { 200: jsonAnswer('the objects', this.#list), ...failureAnswers(406, 410, 504) };
    return this.#operation('list', of, { parameters: listParameters, responses: answers });
  }

  get(of = ''): Json {
    const answers = { 200: jsonAnswer('the object', this.#object), ...failureAnswers(406) };
    return this.#operation('get', of, { parameters: [], responses: answers });
  }

  create(): Json {
    return this.#operation('post', '', {
      parameters: writeParameters,
      requestBody: this.#objectBody(),
      responses: {
        201: jsonAnswer('the object as stored', this.#object),
        ...failureAnswers(409, 422, ...bodyFailures),
      },
    });
  }

  replace(of = ''): Json {
    return this.#operation('put', of, {
      parameters: writeParameters,
      requestBody: this.#objectBody(),
      responses: {
        200: jsonAnswer('the object as stored', this.#object),
        ...failureAnswers(409, 422, ...bodyFailures),
      },
    });
  }

  patch(of = ''): Json {
    const types = patchTypesOf(this.#kind.definition);
    const schemaFor = (type: string): Json =>
      type === 'application/json-patch+json' ? { type: 'array', items: { type: 'object' } } : { type: 'object' };
    const content = Object.fromEntries(types.map((type) => [type, { schema: schemaFor(type) }]));
    return this.#operation('patch', of, {
      parameters: applyParameters,
      requestBody: { required: true, content },
      responses: {
        200: jsonAnswer('the object as stored', this.#object),
        201: jsonAnswer('server-side apply made the object', this.#object),
        ...failureAnswers(409, 422, ...bodyFailures),
      },
    });
  }

  delete(): Json {
    const gone = { oneOf: [schemaRef(statusSchemaName), this.#object] };
    return this.#operation('delete', '', {
      parameters: deleteParameters,
      requestBody: deleteBody,
      responses: {
        200: jsonAnswer('a Status, or the object while finalizers hold it', gone),
        ...failureAnswers(409, 422, ...bodyFailures),
      },
    });
  }

  deleteCollection(): Json {
    return this.#operation('deletecollection', '', {
      parameters: [...selectParameters, ...deleteParameters],
      requestBody: deleteBody,
      responses: {
        200: jsonAnswer('what was deleted', this.#list),
        ...failureAnswers(405, 409, 410, 422, ...bodyFailures),
      },
    });
  }

  #objectBody(): Json {
    const media = { schema: this.#object };
    return { required: true, content: { 'application/json': media, 'application/yaml': media } };
  }

  #operation(action: string, of: string, parts: Json): Json {
    const { definition, version } = this.#kind;
    const { group, kind } = definition;
    return {
      operationId: `${action}${kind}${of}`,
      ...parts,
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': { group, version, kind },
    };
  }
}

/** https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/ */
const tokenRequest: Json = {
  type: 'object',
  properties: {
    apiVersion: { type: 'string', enum: ['authentication.k8s.io/v1'] },
    kind: { type: 'string', enum: ['TokenRequest'] },
    metadata: { type: 'object' },
    spec: {
      type: 'object',
      properties: {
        audiences: { type: 'array', items: { type: 'string', enum: ['malla'] }, nullable: true },
        expirationSeconds: { type: 'integer', minimum: 600, maximum: 31_536_000, nullable: true },
      },
    },
    status: {
      type: 'object',
      properties: { token: text, expirationTimestamp: { type: 'string', format: 'date-time' } },
    },
  },
};
const tokenOperation: Json = {
  operationId: 'postServiceAccountToken',
  parameters: [query('dryRun', dryRun, 'All: check and answer, and make no token')],
  requestBody: { required: true, content: { 'application/json': { schema: tokenRequest } } },
  responses: { 201: jsonAnswer('the request with its token', tokenRequest), ...failureAnswers(...bodyFailures) },
  'x-kubernetes-action': 'post',
  'x-kubernetes-group-version-kind': { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
};

const deleteBody: Json = { content: { 'application/json': { schema: schemaRef(deleteOptionsName) } } };
