import { createHash } from 'node:crypto';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { openApiSchemas, type OpenApiKind } from '@malla/model';
import { httpError } from './api-status.ts';
import { failureComponents } from './openapi-answers.ts';
import { extraPaths, extraSchemas } from './openapi-extras.ts';
import { deleteOptionsName, deleteOptionsSchema, listName, listSchema, pathsOf } from './openapi-paths.ts';
import { reviewDocuments, reviewParts } from './openapi-reviews.ts';
import { swaggerPathsOf } from './swagger-paths.ts';

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
    const names = [...new Set(this.#kinds.map(documentName)), ...reviewDocuments, 'apis/malla.io/v1'];
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
    const document = this.#make(name);
    this.#documents.set(name, document);
    return document;
  }

  #make(name: string): Json {
    if (name === 'apis/malla.io/v1') return this.#extras();
    if (!reviewDocuments.includes(name)) return this.#groupVersion(name);
    const { paths, ...components } = reviewParts(name);
    return { openapi: '3.0.0', info: this.#info(), paths, components };
  }

  /** `/openapi/v2`: definitions and the paths of all versions in one Swagger document. */
  swagger(): Json {
    const known = this.#documents.get('v2');
    if (known !== undefined) return known;
    const paths = Object.fromEntries(this.#kinds.flatMap((kind) => swaggerPathsOf(kind, documentName(kind))));
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
    const schemas = {
      ...Object.fromEntries(
        inside.flatMap((kind) => [
          [kind.name, kind.schema],
          [listName(kind), listSchema(kind)],
        ]),
      ),
      [deleteOptionsName]: deleteOptionsSchema,
      ...failureComponents.schemas,
    };
    return {
      openapi: '3.0.0',
      info: this.#info(),
      paths: Object.fromEntries(inside.flatMap((kind) => pathsOf(kind, name))),
      components: { schemas, responses: failureComponents.responses },
    };
  }

  #extras(): Json {
    const schemas = { ...extraSchemas, ...failureComponents.schemas };
    const { responses } = failureComponents;
    return { openapi: '3.0.0', info: this.#info(), paths: extraPaths, components: { schemas, responses } };
  }

  #info(): Json {
    return { title: 'Malla', version: this.#version, license: { name: 'Apache-2.0' } };
  }
}

function documentName({ definition, version }: OpenApiKind): string {
  return definition.group === '' ? `api/${version}` : `apis/${definition.group}/${version}`;
}
