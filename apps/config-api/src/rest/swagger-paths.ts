import type { OpenApiKind } from '@malla/model';

type Json = Record<string, unknown>;

/** kubectl looks for `fieldValidation` on the PATCH of a kind to learn that the server checks unknown fields. */
const writeParameters = ['dryRun', 'fieldManager', 'fieldValidation'].map(queryParameter);
const listParameters = [
  'labelSelector',
  'fieldSelector',
  'limit',
  'continue',
  'resourceVersion',
  'watch',
  'allowWatchBookmarks',
  'timeoutSeconds',
].map(queryParameter);

function queryParameter(name: string): Json {
  return { name, in: 'query', type: 'string', uniqueItems: true };
}

/** The paths of one version of a kind, in Swagger 2: for old clients that want names and verbs. OpenAPI 3 tells all of it. */
export function swaggerPathsOf({ definition, version }: OpenApiKind, documentName: string): [string, Json][] {
  const { group, kind, plural, namespaced } = definition;
  const operation = (action: string, parameters: readonly Json[]): Json => ({
    operationId: `${action}${kind}`,
    parameters,
    responses: { 200: { description: 'OK' }, 401: { description: 'Unauthorized' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, version, kind },
  });
  const writing = (action: string): Json => ({
    ...operation(action, writeParameters),
    consumes: ['application/json', 'application/yaml'],
  });
  const root = `/${documentName}`;
  const collection = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
  const entries: [string, Json][] = [
    [collection, { get: operation('list', listParameters), post: writing('post') }],
    [
      `${collection}/{name}`,
      {
        get: operation('get', []),
        put: writing('put'),
        patch: operation('patch', writeParameters),
        delete: operation('delete', writeParameters),
      },
    ],
  ];
  if (namespaced) entries.push([`${root}/${plural}`, { get: operation('list', listParameters) }]);
  return entries;
}
