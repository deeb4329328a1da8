import type { Resource } from '@malla/model';
import type { ResourceKey } from '@malla/store';
import type { ResourceReads } from '../resources/resource-reads.ts';
import type { ResourceWrites, Subresource, WriteResult } from '../resources/resource-writes.ts';
import { answer, type ApiRequest, type ApiResponse } from './api-request.ts';
import { badRequest, deletedStatus } from './api-status.ts';
import { mediaType, parseObjectBody } from './content.ts';
import { storedForm } from './event-view.ts';
import { readListOptions } from './list-options.ts';
import { isObject } from './merge-patch.ts';
import { applyPatchTypes, readPatch } from './patches.ts';
import { apiVersionOf, presentObject } from './present.ts';
import type { RequestPath } from './request-path.ts';
import { allow, notAllowed, queryOf } from './resource-request.ts';
import { readApplyOptions, readDeleteOptions, writeContextOf } from './write-options.ts';

export interface WriteApiParams {
  readonly reads: ResourceReads;
  readonly writes: ResourceWrites;
}

/** The writing verbs of the Kubernetes API. */
export class WriteApi {
  readonly #reads: ResourceReads;
  readonly #writes: ResourceWrites;

  constructor({ reads, writes }: WriteApiParams) {
    this.#reads = reads;
    this.#writes = writes;
  }

  async create(request: ApiRequest, path: RequestPath): Promise<ApiResponse> {
    allow(request, path, 'create');
    const sent = readObject(request, path, undefined);
    const result = await this.#writes.create(sent, writeContextOf(request), path.namespace);
    return written(path, result);
  }

  async replace(request: ApiRequest, path: RequestPath, key: ResourceKey): Promise<ApiResponse> {
    allow(request, path, 'update');
    const sent = readObject(request, path, key.name);
    const context = writeContextOf(request);
    if (path.subresource === 'status')
      return written(path, await this.#writes.replaceStatus(key, sent as Resource, context));
    return written(path, await this.#writes.replace(sent, context, path.namespace));
  }

  async patch(request: ApiRequest, path: RequestPath, key: ResourceKey): Promise<ApiResponse> {
    allow(request, path, 'patch');
    const subresource = path.subresource as Subresource | undefined;
    if (applyPatchTypes.includes(mediaType(request.contentType))) return this.#apply(request, path, key);
    const change = readPatch(path.definition, request.contentType, request.body);
    const shown = (current: Resource): unknown =>
      storedForm(path.definition, change(presentObject(path.definition, path.version, current)) as Resource);
    return written(path, await this.#writes.patch(key, writeContextOf(request), shown, subresource));
  }

  /** https://kubernetes.io/docs/reference/using-api/server-side-apply/ */
  async #apply(request: ApiRequest, path: RequestPath, key: ResourceKey): Promise<ApiResponse> {
    const { force } = readApplyOptions(request.query);
    const sent = readObject({ ...request, contentType: 'application/yaml' }, path, key.name) as Resource;
    const applied = appliedFields(sent, key, path.subresource);
    if (path.subresource === undefined && !this.#exists(key)) allow(request, path, 'create');
    const subresource = path.subresource as Subresource | undefined;
    return written(path, await this.#writes.apply({ key, applied, force, subresource }, writeContextOf(request)));
  }

  #exists(key: ResourceKey): boolean {
    return this.#reads.get(key) !== undefined;
  }

  async delete(request: ApiRequest, path: RequestPath, key: ResourceKey): Promise<ApiResponse> {
    allow(request, path, 'delete');
    const { uid, revision, dryRun, propagation } = readDeleteOptions(request);
    const preconditions = { ...(uid === undefined ? {} : { uid }), ...(revision === undefined ? {} : { revision }) };
    const { object, gone } = await this.#writes.delete(
      { key, ...preconditions, propagation },
      { ...writeContextOf(request), dryRun },
    );
    if (!gone) return answer(presentObject(path.definition, path.version, object));
    return answer(deletedStatus({ ...key, kind: path.definition.plural }, object.metadata.uid));
  }

  async deleteCollection(request: ApiRequest, path: RequestPath): Promise<ApiResponse> {
    allow(request, path, 'deletecollection');
    if (path.definition.namespaced && path.namespace === undefined)
      throw notAllowed('a collection is deleted in one namespace at a time');
    const options = readListOptions(request.query, path.definition);
    const { dryRun, propagation } = readDeleteOptions(request);
    const context = { ...writeContextOf(request), dryRun };
    await this.#reads.refresh();
    const { limit: _, ...query } = queryOf(path, options);
    const { resources } = await this.#reads.list(query);
    const items: Resource[] = [];
    for (const { key } of resources) {
      const { object } = await this.#writes.delete({ key, propagation }, context);
      items.push(presentObject(path.definition, path.version, object));
    }
    const apiVersion = apiVersionOf(path.definition, path.version);
    return answer({ kind: `${path.definition.kind}List`, apiVersion, metadata: {}, items });
  }
}

function written(path: RequestPath, { object, warnings, created = false }: WriteResult): ApiResponse {
  return answer(presentObject(path.definition, path.version, object), created ? 201 : 200, warnings);
}

/** The object of a body; it must say the same as the path. */
function readObject(request: ApiRequest, path: RequestPath, name: string | undefined): unknown {
  const sent = parseObjectBody(request.body, request.contentType);
  const { kind } = path.definition;
  const apiVersion = apiVersionOf(path.definition, path.version);
  if (!isObject(sent)) throw badRequest(`the body must be a ${kind} object`);
  const { apiVersion: sentVersion, kind: sentKind, metadata: sentMetadata } = sent;
  if (sentVersion !== undefined && sentVersion !== apiVersion)
    throw badRequest(
      `the API version in the data (${JSON.stringify(sentVersion)}) does not match the expected API version (${apiVersion})`,
    );
  if (sentKind !== undefined && sentKind !== kind)
    throw badRequest(`the kind in the data (${JSON.stringify(sentKind)}) does not match the expected kind (${kind})`);
  if (sentMetadata !== undefined && !isObject(sentMetadata)) throw badRequest('metadata must be an object');
  const metadata = sentMetadata ?? {};
  if (name !== undefined && metadata['name'] !== undefined && metadata['name'] !== name)
    throw badRequest(
      `the name of the object (${String(metadata['name'])}) does not match the name on the URL (${name})`,
    );
  const { namespace } = metadata;
  if (path.namespace !== undefined && namespace !== undefined && namespace !== '' && namespace !== path.namespace)
    throw badRequest(
      `the namespace of the object (${String(namespace)}) does not match the namespace on the URL (${path.namespace})`,
    );
  const named = name === undefined ? metadata : { ...metadata, name };
  return storedForm(path.definition, { ...sent, apiVersion, kind, metadata: named } as unknown as Resource);
}

/** What counts of an applied configuration: not what the server sets, and the status only where it is the subject. */
function appliedFields(sent: Resource, key: ResourceKey, subresource: string | undefined): Resource {
  const {
    managedFields,
    creationTimestamp: _created,
    generation: _generation,
    selfLink: _link,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    ...metadata
  } = sent.metadata;
  if (managedFields != null && managedFields.length > 0) throw badRequest('metadata.managedFields must be nil');
  const named = { ...metadata, name: key.name, ...(key.namespace === '' ? {} : { namespace: key.namespace }) };
  const { status, ...rest } = sent;
  if (subresource === undefined) return { ...rest, metadata: named } as Resource;
  const { name, namespace, resourceVersion, uid } = named;
  const identity = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(uid === undefined ? {} : { uid }),
  };
  return {
    apiVersion: sent.apiVersion,
    kind: sent.kind,
    metadata: identity,
    ...(status === undefined ? {} : { status }),
  };
}
