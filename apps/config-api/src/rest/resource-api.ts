import { MallaError, type KindDefinition, type Resource } from '@malla/model';
import type { ListQuery, ResourceKey, StoredResource } from '@malla/store';
import { requireAccess, type Verb } from '../access/caller.ts';
import { deliveryStatus, type Deliveries } from '../resources/delivery-status.ts';
import type { ResourceReads } from '../resources/resource-reads.ts';
import type { ResourceWrites, WriteContext, WriteResult } from '../resources/resource-writes.ts';
import { answer, type ApiRequest, type ApiResponse } from './api-request.ts';
import { badRequest, deletedStatus, httpError } from './api-status.ts';
import { chooseRepresentation, parseJson, parseObjectBody } from './content.ts';
import { one, readDryRun, readListOptions, writePage, type ListOptions } from './list-options.ts';
import { isObject } from './merge-patch.ts';
import { readPatch } from './patches.ts';
import { apiVersionOf, presentObject } from './present.ts';
import { parseRequestPath, type RequestPath } from './request-path.ts';
import { partialMetadata, tableOf, type Table } from './table.ts';
import { watchEvents } from './watch-events.ts';

const staleWarning = 'the configuration database is out of reach: this answer is from memory and may be old';

/** Longer lists are sent in pieces. */
const longList = 500;

export interface ResourceApiParams {
  readonly reads: ResourceReads;
  readonly writes: ResourceWrites;
  /** Where the status of objects comes from. */
  readonly deliveries: Deliveries;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The Kubernetes API over every kind of the registry: one place that knows paths, verbs and representations. */
export class ResourceApi {
  readonly #params: ResourceApiParams;

  constructor(params: ResourceApiParams) {
    this.#params = params;
  }

  /** Answers a request below `/api/` or `/apis/`. Throws MallaErrors. */
  async handle(request: ApiRequest): Promise<ApiResponse> {
    const path = parseRequestPath(request.path);
    const { name, subresource } = path;
    if (subresource !== undefined && subresource !== 'status')
      throw httpError('not_found', `${path.definition.plural} have no subresource "${subresource}"`, {});
    if (subresource === 'status' && request.method !== 'GET')
      throw notAllowed('the status is written by the control plane alone');
    if (name === undefined) return this.#collection(request, path);
    return this.#single(request, path, name);
  }

  async #collection(request: ApiRequest, path: RequestPath): Promise<ApiResponse> {
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return this.#list(request, path);
      case 'POST':
        return this.#create(request, path);
      case 'DELETE':
        return this.#deleteCollection(request, path);
      default:
        throw notAllowed(`${request.method} is not a verb of a collection`);
    }
  }

  async #single(request: ApiRequest, path: RequestPath, name: string): Promise<ApiResponse> {
    const key = keyAt(path, name);
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return this.#get(request, path, key);
      case 'PUT':
        return this.#replace(request, path, key);
      case 'PATCH':
        return this.#patch(request, path, key);
      case 'DELETE':
        return this.#delete(request, path, key);
      default:
        throw notAllowed(`${request.method} is not a verb of an object`);
    }
  }

  async #get(request: ApiRequest, path: RequestPath, key: ResourceKey): Promise<ApiResponse> {
    allow(request, path, 'get');
    const representation = chooseRepresentation(request.accept);
    const fresh = await this.#params.reads.refresh();
    const found = this.#params.reads.get(key);
    if (found === undefined) throw notFound(path.definition, key);
    const presented = presentObject(path.definition, path.version, found.object);
    const object = path.subresource === 'status' ? await this.#withStatus(presented, found) : presented;
    const warnings = fresh ? [] : [staleWarning];
    if (representation === 'partial') return answer(partialMetadata(object), 200, warnings);
    if (representation === 'table')
      return answer(
        this.#table(request, path, [object], { resourceVersion: object.metadata.resourceVersion }),
        200,
        warnings,
      );
    return answer(object, 200, warnings);
  }

  /** Only the subresource shows it: it changes without a revision, and `kubectl diff` compares whole objects. */
  async #withStatus(object: Resource, found: StoredResource): Promise<Resource> {
    if (object['status'] !== undefined) return object;
    return { ...object, status: await deliveryStatus(found, this.#params.deliveries) };
  }

  async #list(request: ApiRequest, path: RequestPath): Promise<ApiResponse> {
    const options = readListOptions(request.query);
    if (options.watch || path.watch) return this.#watch(request, path, options);
    allow(request, path, 'list');
    const representation = chooseRepresentation(request.accept);
    const fresh = await this.#params.reads.refresh();
    const page = await this.#params.reads.list(queryOf(path, options));
    const chosen = page.resources.filter(({ key }) => options.name === undefined || key.name === options.name);
    const objects = chosen.map(({ object }) => presentObject(path.definition, path.version, object));
    const metadata = {
      resourceVersion: String(page.revision),
      ...continuation(page.resources, page.more, page.revision),
    };
    const warnings = fresh ? [] : [staleWarning];
    if (representation === 'table') {
      const { rows, ...head } = this.#table(request, path, objects, metadata);
      return objects.length > longList
        ? { status: 200, body: head, list: { field: 'rows', values: rows }, warnings }
        : answer({ ...head, rows }, 200, warnings);
    }
    if (representation === 'partial') {
      return answer(
        {
          kind: 'PartialObjectMetadataList',
          apiVersion: 'meta.k8s.io/v1',
          metadata,
          items: objects.map(partialMetadata),
        },
        200,
        warnings,
      );
    }
    const head = {
      kind: `${path.definition.kind}List`,
      apiVersion: apiVersionOf(path.definition, path.version),
      metadata,
    };
    if (objects.length > longList)
      return { status: 200, body: head, list: { field: 'items', values: objects }, warnings };
    return answer({ ...head, items: objects }, 200, warnings);
  }

  async #watch(request: ApiRequest, path: RequestPath, options: ListOptions): Promise<ApiResponse> {
    allow(request, path, 'watch');
    const representation = chooseRepresentation(request.accept);
    if (options.resourceVersion === undefined || options.initialEvents) await this.#params.reads.refresh();
    const name = path.name ?? options.name;
    const render = (object: Resource, first: boolean): unknown => {
      const shown = presentObject(path.definition, path.version, object);
      if (representation === 'partial') return partialMetadata(shown);
      if (representation === 'object') return shown;
      return this.#table(request, path, [shown], { resourceVersion: object.metadata.resourceVersion }, first);
    };
    const stream = watchEvents({
      reads: this.#params.reads,
      definition: path.definition,
      apiVersion: apiVersionOf(path.definition, path.version),
      namespace: path.namespace ?? options.namespace,
      options: { ...options, name },
      render,
      signal: request.signal,
    });
    return { status: 200, stream };
  }

  async #create(request: ApiRequest, path: RequestPath): Promise<ApiResponse> {
    allow(request, path, 'create');
    const sent = this.#readObject(request, path, undefined);
    const result = await this.#params.writes.create(sent, contextOf(request), path.namespace);
    return this.#written(path, result, 201);
  }

  async #replace(request: ApiRequest, path: RequestPath, key: ResourceKey): Promise<ApiResponse> {
    allow(request, path, 'update');
    const sent = this.#readObject(request, path, key.name);
    return this.#written(path, await this.#params.writes.replace(sent, contextOf(request), path.namespace));
  }

  async #patch(request: ApiRequest, path: RequestPath, key: ResourceKey): Promise<ApiResponse> {
    allow(request, path, 'patch');
    const change = readPatch(path.definition, request.contentType, request.body);
    const shown = (current: Resource): unknown => change(presentObject(path.definition, path.version, current));
    return this.#written(path, await this.#params.writes.patch(key, contextOf(request), shown));
  }

  async #delete(request: ApiRequest, path: RequestPath, key: ResourceKey): Promise<ApiResponse> {
    allow(request, path, 'delete');
    const { uid, revision, dryRun } = readDeleteOptions(request);
    const preconditions = { ...(uid === undefined ? {} : { uid }), ...(revision === undefined ? {} : { revision }) };
    const last = await this.#params.writes.delete({ key, ...preconditions }, { ...contextOf(request), dryRun });
    return answer(deletedStatus({ ...key, kind: path.definition.plural }, last.metadata.uid));
  }

  async #deleteCollection(request: ApiRequest, path: RequestPath): Promise<ApiResponse> {
    allow(request, path, 'deletecollection');
    if (path.definition.namespaced && path.namespace === undefined)
      throw notAllowed('a collection is deleted in one namespace at a time');
    const options = readListOptions(request.query);
    const context = { ...contextOf(request), dryRun: readDeleteOptions(request).dryRun };
    await this.#params.reads.refresh();
    const { resources } = await this.#params.reads.list(queryOf(path, { ...options, limit: undefined }));
    const items: Resource[] = [];
    for (const { key } of resources.filter(({ key }) => options.name === undefined || key.name === options.name)) {
      items.push(presentObject(path.definition, path.version, await this.#params.writes.delete({ key }, context)));
    }
    return answer({
      kind: `${path.definition.kind}List`,
      apiVersion: apiVersionOf(path.definition, path.version),
      metadata: {},
      items,
    });
  }

  #written(path: RequestPath, { object, warnings }: WriteResult, status = 200): ApiResponse {
    return answer(presentObject(path.definition, path.version, object), status, warnings);
  }

  /** The object of a body; it must say the same as the path. */
  #readObject(request: ApiRequest, path: RequestPath, name: string | undefined): unknown {
    const sent = parseObjectBody(request.body, request.contentType) as Partial<Resource> | null;
    const { kind } = path.definition;
    const apiVersion = apiVersionOf(path.definition, path.version);
    if (typeof sent !== 'object' || sent === null || Array.isArray(sent))
      throw badRequest(`the body must be a ${kind} object`);
    if (sent.apiVersion !== undefined && sent.apiVersion !== apiVersion)
      throw badRequest(
        `the API version in the data (${String(sent.apiVersion)}) does not match the expected API version (${apiVersion})`,
      );
    if (sent.kind !== undefined && sent.kind !== kind)
      throw badRequest(`the kind in the data (${String(sent.kind)}) does not match the expected kind (${kind})`);
    const metadata = (sent.metadata ?? {}) as Partial<Resource['metadata']>;
    if (name !== undefined && metadata.name !== undefined && metadata.name !== name)
      throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${name})`);
    if (
      path.namespace !== undefined &&
      metadata.namespace !== undefined &&
      metadata.namespace !== '' &&
      metadata.namespace !== path.namespace
    ) {
      throw badRequest(
        `the namespace of the object (${metadata.namespace}) does not match the namespace on the URL (${path.namespace})`,
      );
    }
    return { ...sent, apiVersion, kind, ...(name === undefined ? {} : { metadata: { ...metadata, name } }) };
  }

  #table(
    request: ApiRequest,
    { definition }: RequestPath,
    objects: readonly Resource[],
    metadata: object,
    withColumns = true,
  ): Table {
    const asked = one(request.query, 'includeObject');
    const includeObject = asked === 'None' || asked === 'Object' ? asked : 'Metadata';
    return tableOf({ definition, objects, metadata, includeObject, withColumns, now: this.#params.now() });
  }
}

function keyAt({ definition, namespace = '' }: RequestPath, name: string): ResourceKey {
  return { group: definition.group, kind: definition.kind, namespace, name };
}

/** `plural` or `plural.group`, as authorization and audit name kinds. */
export function resourceName({ plural, group }: KindDefinition): string {
  return group === '' ? plural : `${plural}.${group}`;
}

function allow(request: ApiRequest, path: RequestPath, verb: Verb): void {
  const isNamespace = path.definition.kind === 'Namespace' && path.definition.group === '';
  const namespace = isNamespace ? path.name : path.namespace;
  requireAccess(request.caller, { verb, resource: resourceName(path.definition), namespace });
}

function queryOf(path: RequestPath, options: ListOptions): ListQuery {
  const { group, kind } = path.definition;
  const namespace = path.namespace ?? options.namespace;
  const page = options.page === undefined ? {} : { after: options.page.after, atRevision: options.page.revision };
  return {
    group,
    kind,
    ...page,
    ...(namespace === undefined ? {} : { namespace }),
    ...(options.selector === undefined ? {} : { selector: options.selector }),
    ...(options.limit === undefined || options.name !== undefined ? {} : { limit: options.limit }),
  };
}

function continuation(resources: readonly StoredResource[], more: boolean, revision: number): object {
  const last = resources.at(-1);
  return more && last !== undefined ? { continue: writePage({ revision, after: last.key }) } : {};
}

function contextOf(request: ApiRequest): WriteContext {
  return { author: request.caller.name, changeId: request.changeId, dryRun: readDryRun(request.query) };
}

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/delete-options/ */
function readDeleteOptions(request: ApiRequest): {
  uid: string | undefined;
  revision: number | undefined;
  dryRun: boolean;
} {
  const sent = request.body === undefined || request.body.length === 0 ? {} : parseJson(request.body);
  if (!isObject(sent)) throw badRequest('the body of a deletion must be a DeleteOptions object');
  const options = sent as { preconditions?: { uid?: string; resourceVersion?: string }; dryRun?: readonly string[] };
  const { uid, resourceVersion } = options.preconditions ?? {};
  const [byQuery, byBody] = [readDryRun(request.query), readDryRun({ dryRun: options.dryRun })];
  const dryRun = byQuery || byBody;
  return { uid, revision: resourceVersion === undefined ? undefined : Number(resourceVersion), dryRun };
}

function notFound(definition: KindDefinition, key: ResourceKey): MallaError {
  return new MallaError('not_found', `${resourceName(definition)} "${key.name}" not found`, {
    details: { key: { ...key, kind: definition.plural } },
  });
}

function notAllowed(message: string): MallaError {
  return httpError('unsupported', message, { httpStatus: 405, reason: 'MethodNotAllowed' });
}
