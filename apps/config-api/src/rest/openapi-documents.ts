import { createHash } from 'node:crypto';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { openApiSchemas, type KindDefinition, type OpenApiKind } from '@malla/model';
import { httpError } from './api-status.ts';
import { extraPaths, extraSchemas } from './openapi-extras.ts';

type Json = Record<string, unknown>;

/** The OpenAPI documents of the registry, computed once. */
export class OpenApiDocuments {
  readonly #kinds = openApiSchemas();
  readonly #version: string;
  readonly #documents = new Map<string, Json>();

  constructor(version: string) {
    this.#version = version;
  }

  /** `/openapi/v3`: where the document of each group and version is. The hash lets clients cache them. */
  root(): Json {
    const names = [...new Set(this.#kinds.map(documentName)), 'apis/malla.io/v1'];
    const entry = (name: string): [string, Json] => {
      const hash = createHash('sha256')
        .update(JSON.stringify(this.document(name)))
        .digest('hex')
        .slice(0, 32)
        .toUpperCase();
      return [name, { serverRelativeURL: `/openapi/v3/${name}?hash=${hash}` }];
    };
    return { paths: Object.fromEntries(names.map(entry)) };
  }

  /** `/openapi/v3/<name>`, such as `apis/networking.istio.io/v1`. */
  document(name: string): Json {
    const known = this.#documents.get(name);
    if (known !== undefined) return known;
    const document = name === 'apis/malla.io/v1' ? this.#extras() : this.#groupVersion(name);
    this.#documents.set(name, document);
    return document;
  }

  /** `/openapi/v2`: definitions and the paths of all versions in one Swagger document. */
  swagger(): Json {
    const known = this.#documents.get('v2');
    if (known !== undefined) return known;
    const paths = Object.fromEntries(this.#kinds.flatMap((kind) => pathsOf(kind, swaggerBody)));
    const definitions = Object.fromEntries(this.#kinds.map(({ name, schema }) => [name, schema]));
    const document = { swagger: '2.0', info: this.#info(), paths, definitions };
    this.#documents.set('v2', document);
    return document;
  }

  /**
   * `/openapi/v2` in protobuf (gnostic's openapi_v2.Document), with no paths and no definitions. kubectl asks for it only
   * after it has not found a kind in v3, so "knows nothing" is the true answer; without one it reports a broken download.
   */
  emptySwaggerProtobuf(): Uint8Array {
    const info = new BinaryWriter()
      .tag(1, WireType.LengthDelimited)
      .string('Malla')
      .tag(2, WireType.LengthDelimited)
      .string(this.#version)
      .finish();
    const document = new BinaryWriter()
      .tag(1, WireType.LengthDelimited)
      .string('2.0')
      .tag(2, WireType.LengthDelimited)
      .bytes(info);
    return document.tag(8, WireType.LengthDelimited).bytes(new Uint8Array()).finish();
  }

  #groupVersion(name: string): Json {
    const inside = this.#kinds.filter((kind) => documentName(kind) === name);
    if (inside.length === 0) throw httpError('not_found', `there is no OpenAPI document ${name}`, {});
    const paths = Object.fromEntries(inside.flatMap((kind) => pathsOf(kind, openApiBody)));
    return {
      openapi: '3.0.0',
      info: this.#info(),
      paths,
      components: { schemas: Object.fromEntries(inside.map((kind) => [kind.name, kind.schema])) },
    };
  }

  #extras(): Json {
    return { openapi: '3.0.0', info: this.#info(), paths: extraPaths, components: { schemas: extraSchemas } };
  }

  #info(): Json {
    return { title: 'Malla', version: this.#version, license: { name: 'Apache-2.0' } };
  }
}

function documentName({ definition, version }: OpenApiKind): string {
  return definition.group === '' ? `api/${version}` : `apis/${definition.group}/${version}`;
}

type BodyOf = (schemaName: string) => Json;

const openApiBody: BodyOf = (name) => ({
  requestBody: { content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } } },
});
const swaggerBody: BodyOf = () => ({ consumes: ['application/json', 'application/yaml'] });

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
  return { name, in: 'query', schema: { type: 'string' }, uniqueItems: true };
}

function pathsOf(kind: OpenApiKind, body: BodyOf): [string, Json][] {
  const { definition, version, name } = kind;
  const root = `/${documentName(kind)}`;
  const collection = definition.namespaced
    ? `${root}/namespaces/{namespace}/${definition.plural}`
    : `${root}/${definition.plural}`;
  const operation = operationOf(definition, version);
  const entries: [string, Json][] = [
    [
      collection,
      { get: operation('list', listParameters), post: { ...operation('post', writeParameters), ...body(name) } },
    ],
    [
      `${collection}/{name}`,
      {
        get: operation('get', []),
        put: { ...operation('put', writeParameters), ...body(name) },
        patch: operation('patch', writeParameters),
        delete: operation('delete', writeParameters),
      },
    ],
  ];
  if (definition.namespaced) entries.push([`${root}/${definition.plural}`, { get: operation('list', listParameters) }]);
  return entries;
}

function operationOf(
  { group, kind }: KindDefinition,
  version: string,
): (action: string, parameters: readonly Json[]) => Json {
  return (action, parameters) => ({
    operationId: `${action}${kind}`,
    parameters,
    responses: { 200: { description: 'OK' }, 401: { description: 'Unauthorized' } },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, version, kind },
  });
}
