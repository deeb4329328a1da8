type Json = Record<string, unknown>;

const text = { type: 'string' };

/** Name of the schema of a Status, as Kubernetes names it. */
export const statusSchemaName = 'io.k8s.apimachinery.pkg.apis.meta.v1.Status';

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
const statusSchema: Json = {
  type: 'object',
  description: 'Answer that is no object: what went wrong, or that a deletion is done.',
  properties: {
    kind: { type: 'string', enum: ['Status'] },
    apiVersion: { type: 'string', enum: ['v1'] },
    metadata: { type: 'object', properties: { continue: text } },
    status: { type: 'string', enum: ['Success', 'Failure'] },
    message: text,
    reason: { ...text, description: 'one word for programs, such as NotFound' },
    details: {
      type: 'object',
      properties: {
        name: text,
        group: text,
        kind: text,
        uid: text,
        causes: {
          type: 'array',
          items: { type: 'object', properties: { reason: text, message: text, field: text } },
        },
        retryAfterSeconds: { type: 'integer', format: 'int32' },
      },
    },
    code: { type: 'integer', format: 'int32', description: 'the HTTP status' },
  },
  required: ['kind', 'apiVersion', 'metadata', 'status', 'code'],
  'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'Status' }],
};

/** What each failure means; 500 is left out: it is a defect, never an answer to rely on. */
const failures = {
  400: ['BadRequest', 'the request is malformed: a parameter, the URL, or a body that does not read'],
  401: ['Unauthorized', 'no token, or one that is unknown, expired or revoked'],
  403: ['Forbidden', 'the caller has no role that allows this'],
  404: ['NotFound', 'no such object, namespace or path'],
  405: ['MethodNotAllowed', 'the path does not serve this verb'],
  406: ['NotAcceptable', 'none of the media types of Accept can be given'],
  409: ['Conflict', 'the object exists already, was changed meanwhile, or has fields of another manager'],
  410: ['Gone', 'the resourceVersion or continue token is older than what is kept'],
  413: ['RequestEntityTooLarge', 'the body is larger than 3 MiB'],
  415: ['UnsupportedMediaType', 'the content type is not one that this operation takes'],
  422: ['UnprocessableEntity', 'the object is not valid; details.causes has one entry for each problem'],
  429: ['TooManyRequests', 'try again later, after retryAfterSeconds'],
  503: ['ServiceUnavailable', 'the database or another service is out of reach; try again'],
  504: ['Timeout', 'the resourceVersion did not come in time'],
} as const;

/** A failure that an operation can answer with. */
export type FailureCode = keyof typeof failures;

/** Whatever is asked: these can come. */
const always: readonly FailureCode[] = [400, 401, 403, 404, 429, 503];

/** With a body. */
export const bodyFailures: readonly FailureCode[] = [413, 415];

/** References to the failures that can always come, and to these. */
export function failureAnswers(...codes: readonly FailureCode[]): Json {
  const all = [...new Set([...always, ...codes])].sort((a, b) => a - b);
  return Object.fromEntries(all.map((code) => [code, { $ref: `#/components/responses/${failures[code][0]}` }]));
}

/** Schemas and responses that {@link failureAnswers} refers to. */
export const failureComponents = {
  schemas: { [statusSchemaName]: statusSchema } as Json,
  responses: Object.fromEntries(
    Object.values(failures).map(([name, description]) => [name, jsonAnswer(description, schemaRef(statusSchemaName))]),
  ) as Json,
};

/** An answer with a JSON body. */
export function jsonAnswer(description: string, schema: Json): Json {
  return { description, content: { 'application/json': { schema } } };
}

/** A reference to a schema of the same document. */
export function schemaRef(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}
