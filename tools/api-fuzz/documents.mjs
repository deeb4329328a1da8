// The OpenAPI documents of a server, prepared so that a fuzzer gets somewhere: often at objects that are there, and never into a watch.

/** Where seeded objects are. */
export const NAMESPACE = 'fuzz';

/** Names of seeded objects; the fuzzer makes others of them too. */
export const NAMES = ['a', 'reviews', 'a-b', 'v1.example'];

/** Parameters that open a stream, which has no end to wait for. */
const WATCHING = new Set(['watch', 'allowWatchBookmarks', 'sendInitialEvents', 'timeoutSeconds']);

/** A revision from the future is waited for: a few such values are enough. */
const REVISIONS = ['0', '1', '5', '20'];

/** Names of the documents to try: of each group the preferred version, and others only for kinds that it does not have. */
export function chooseDocuments(documents) {
  const seen = new Set();
  const chosen = [];
  for (const [name, document] of documents) {
    const kinds = kindsOf(document);
    if (kinds.length > 0 && kinds.every((kind) => seen.has(kind))) continue;
    for (const kind of kinds) seen.add(kind);
    chosen.push(name);
  }
  return chosen;
}

function kindsOf({ paths }) {
  const kinds = Object.values(paths).flatMap((item) =>
    Object.values(item).map((operation) => operation['x-kubernetes-group-version-kind']),
  );
  return [...new Set(kinds.filter(Boolean).map(({ group, kind }) => `${group}/${kind}`))];
}

/** The document with parameters and metadata that often name what is there. */
export function prepare(document) {
  const prepared = structuredClone(document);
  for (const item of Object.values(prepared.paths)) {
    for (const parameter of item.parameters ?? []) narrow(parameter);
    for (const operation of Object.values(item)) {
      if (Array.isArray(operation)) continue;
      const { parameters = [] } = operation;
      operation.parameters = parameters.filter(({ name, in: place }) => place !== 'query' || !WATCHING.has(name));
      for (const parameter of operation.parameters) narrow(parameter);
      useRequestSchemas(operation, prepared.components.schemas);
    }
  }
  return prepared;
}

function narrow(parameter) {
  const often = (...values) => ({ anyOf: [{ type: 'string', enum: values }, parameter.schema] });
  if (parameter.name === 'namespace') parameter.schema = often(NAMESPACE, 'default');
  if (parameter.name === 'name') parameter.schema = often(...NAMES);
  if (parameter.name === 'resourceVersion') parameter.schema = { type: 'string', enum: REVISIONS };
}

/** Bodies are objects as they are, with metadata that fits the path; answers keep the schema of the document. */
function useRequestSchemas({ requestBody }, schemas) {
  for (const media of Object.values(requestBody?.content ?? {})) {
    const name = media.schema.$ref?.split('/').at(-1);
    const schema = schemas[name];
    if (schema?.properties?.metadata === undefined || schema.properties.spec?.properties === undefined) continue;
    const metadata = {
      type: 'object',
      properties: {
        name: { type: 'string', enum: NAMES },
        labels: { type: 'object', additionalProperties: { type: 'string', enum: ['', 'a'] } },
        resourceVersion: { type: 'string', enum: ['', '3'] },
      },
      required: ['name'],
    };
    schemas[`${name}.Request`] ??= {
      ...schema,
      properties: { ...schema.properties, metadata: { anyOf: [metadata, schema.properties.metadata] } },
    };
    media.schema = { $ref: `#/components/schemas/${name}.Request` };
  }
}
