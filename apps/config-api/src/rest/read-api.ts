import { kindRefOf } from '@malla/analyze';
import { MallaError, type KindDefinition, type Resource } from '@malla/model';
import type { ResourceKey, ResourcePage, StoredResource } from '@malla/store';
import type { AnalysisIndex } from '../resources/analysis-index.ts';
import { analysisStatus } from '../resources/analysis-status.ts';
import { deliveryStatus, type Deliveries } from '../resources/delivery-status.ts';
import { notFound } from '../resources/not-found.ts';
import type { ResourceReads } from '../resources/resource-reads.ts';
import { fitStatus } from '../resources/status-room.ts';
import { answer, type ApiRequest, type ApiResponse } from './api-request.ts';
import { badRequest } from './api-status.ts';
import { chooseRepresentation, type Representation } from './content.ts';
import { storedKind } from './event-view.ts';
import { one, readListOptions, writePage, type ListOptions } from './list-options.ts';
import { apiVersionOf, presentObject } from './present.ts';
import type { RequestPath } from './request-path.ts';
import { allow, queryOf } from './resource-request.ts';
import { partialMetadata, tableOf, type Table } from './table.ts';
import { watchEvents } from './watch-events.ts';

const staleWarning = 'the configuration database is out of reach: this answer is from memory and may be old';

/** Longer lists are sent in pieces. */
const longList = 500;

/** How long a read waits for a revision that is not there yet. */
const revisionWithinMs = 3_000;

export interface ReadApiParams {
  readonly reads: ResourceReads;
  /** Where the status of objects comes from. */
  readonly deliveries: Deliveries;
  /** Where findings about objects come from. */
  readonly analysis: AnalysisIndex;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The reading verbs of the Kubernetes API: get, list and watch, as objects, tables or metadata alone. */
export class ReadApi {
  readonly #params: ReadApiParams;

  constructor(params: ReadApiParams) {
    this.#params = params;
  }

  async get(request: ApiRequest, path: RequestPath, key: ResourceKey): Promise<ApiResponse> {
    allow(request, path, 'get');
    const representation = chooseRepresentation(request.accept);
    const fresh = await this.#params.reads.refresh();
    const found = this.#params.reads.get(key);
    if (found === undefined) throw notFound(key);
    const presented = presentObject(path.definition, path.version, found.object);
    const object = path.subresource === 'status' ? await this.#withDelivery(path, presented, found) : presented;
    const warnings = fresh ? [] : [staleWarning];
    if (representation === 'partial') return answer(partialMetadata(object), 200, warnings);
    if (representation === 'object') return answer(object, 200, warnings);
    const metadata = { resourceVersion: object.metadata.resourceVersion };
    return answer(this.#table(request, path, { objects: [object], metadata }), 200, warnings);
  }

  async list(request: ApiRequest, path: RequestPath): Promise<ApiResponse> {
    const options = readListOptions(request.query, path.definition, path.watch);
    if (options.watch) return this.#watch(request, path, options);
    allow(request, path, 'list');
    const representation = chooseRepresentation(request.accept);
    const fresh = await this.#params.reads.refresh();
    const page = await this.#page(path, options);
    const objects = page.resources.map(({ object }) => presentObject(path.definition, path.version, object));
    const metadata = { resourceVersion: String(page.revision), ...continuation(page, options) };
    const warnings = fresh ? [] : [staleWarning];
    return this.#listAnswer(request, path, { objects, metadata, representation, warnings });
  }

  #listAnswer(
    request: ApiRequest,
    path: RequestPath,
    list: {
      objects: readonly Resource[];
      metadata: object;
      representation: Representation;
      warnings: readonly string[];
    },
  ): ApiResponse {
    const { objects, metadata, representation, warnings } = list;
    if (representation === 'table') {
      const { rows, ...head } = this.#table(request, path, { objects, metadata });
      return objects.length > longList
        ? { status: 200, body: head, list: { field: 'rows', values: rows }, warnings }
        : answer({ ...head, rows }, 200, warnings);
    }
    const partial = representation === 'partial';
    const items = partial ? objects.map(partialMetadata) : objects;
    const head = partial
      ? { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata }
      : { kind: `${path.definition.kind}List`, apiVersion: apiVersionOf(path.definition, path.version), metadata };
    if (objects.length > longList)
      return { status: 200, body: head, list: { field: 'items', values: items }, warnings };
    return answer({ ...head, items }, 200, warnings);
  }

  /** The page that the options ask for, at the state that they ask for. */
  async #page(path: RequestPath, options: ListOptions): Promise<ResourcePage> {
    const { reads } = this.#params;
    const { resourceVersion: wanted, match, page, limit } = options;
    const stored = storedKind(path.definition);
    if (page !== undefined && (page.after.group !== stored.group || page.after.kind !== stored.kind))
      throw badRequest('the continue token is of a list of another kind');
    if (wanted !== undefined && wanted > reads.mirror.revision) await this.#await(wanted);
    const exact = match === 'Exact' || (match === undefined && limit !== undefined);
    const query = queryOf(path, options);
    try {
      return await reads.list(wanted !== undefined && exact ? { ...query, atRevision: wanted } : query);
    } catch (thrown) {
      throw page === undefined ? thrown : withFreshToken(MallaError.from(thrown), page.after);
    }
  }

  async #await(revision: number): Promise<void> {
    const { reads } = this.#params;
    try {
      await reads.follow(revision, revisionWithinMs);
    } catch {
      const message = `Too large resource version: ${revision}, current: ${reads.mirror.revision}`;
      const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version', field: '' }];
      throw new MallaError('unavailable', message, { details: { httpStatus: 504, reason: 'Timeout', causes } });
    }
  }

  async #watch(request: ApiRequest, path: RequestPath, options: ListOptions): Promise<ApiResponse> {
    allow(request, path, 'watch');
    const representation = chooseRepresentation(request.accept);
    if (options.resourceVersion === undefined || options.initialEvents === true) await this.#params.reads.refresh();
    const render = (object: Resource, first: boolean): unknown => {
      const shown = presentObject(path.definition, path.version, object);
      if (representation === 'partial') return partialMetadata(shown);
      if (representation === 'object') return shown;
      const metadata = { resourceVersion: object.metadata.resourceVersion };
      return this.#table(request, path, { objects: [shown], metadata, withColumns: first });
    };
    const stream = watchEvents({
      reads: this.#params.reads,
      definition: path.definition,
      apiVersion: apiVersionOf(path.definition, path.version),
      query: { ...queryOf(path, options), ...(path.name === undefined ? {} : { name: path.name }) },
      options,
      render,
      signal: request.signal,
    });
    return { status: 200, stream };
  }

  /** Only the subresource shows it: it changes without a revision, and `kubectl diff` compares whole objects. */
  async #withDelivery({ definition }: RequestPath, object: Resource, found: StoredResource): Promise<Resource> {
    const written = object['status'] as { conditions?: readonly { type?: string }[] } | undefined;
    if (hasNoPlace(written)) return object;
    const { analysis, deliveries } = this.#params;
    const delivery = await deliveryStatus(found, deliveries);
    const analysed = analysis.analyses(kindRefOf(found.object))
      ? analysisStatus(analysis.findings(found.object))
      : undefined;
    const added = fitStatus(definition, object, {
      observedGeneration: delivery.observedGeneration,
      ...(analysed === undefined ? {} : { validationMessages: analysed.validationMessages }),
      conditions: [...delivery.conditions, ...(analysed === undefined ? [] : [analysed.condition])],
    });
    if (added === undefined) return object;
    const { conditions, ...others } = added;
    return {
      ...object,
      status: { ...others, ...written, conditions: [...(written?.conditions ?? []), ...conditions] },
    };
  }

  /** Codes of the findings about an object of a kind, each once. */
  #findings({ group, kind }: KindDefinition): ((object: Resource) => string) | undefined {
    const { analysis } = this.#params;
    const ref = `${group}/${kind}` as const;
    if (!analysis.analyses(ref)) return undefined;
    return ({ metadata }) => {
      const found = analysis.findingsInList(ref, metadata.namespace ?? '', metadata.name);
      return found.length === 0 ? '<none>' : [...new Set(found.map(({ code }) => code))].join(',');
    };
  }

  #table(
    request: ApiRequest,
    { definition }: RequestPath,
    list: { objects: readonly Resource[]; metadata: object; withColumns?: boolean },
  ): Table {
    const { objects, metadata, withColumns = true } = list;
    const asked = one(request.query, 'includeObject');
    const includeObject = asked === 'None' || asked === 'Object' ? asked : 'Metadata';
    const findings = this.#findings(definition);
    return tableOf({ definition, objects, metadata, includeObject, withColumns, now: this.#params.now(), findings });
  }
}

/** True for a status that has no place for a condition of ours: that of a namespace, or one that tells of delivery already. */
function hasNoPlace(status: { phase?: string; conditions?: readonly { type?: string }[] } | undefined): boolean {
  return status?.phase !== undefined || (status?.conditions ?? []).some(({ type }) => type === 'Reconciled');
}

function continuation({ resources, more, revision, remaining }: ResourcePage, options: ListOptions): object {
  const last = resources.at(-1);
  if (!more || last === undefined) return {};
  const counted = options.selector === undefined && options.fields === undefined && remaining !== undefined;
  return {
    continue: writePage({ revision, after: last.key }),
    ...(counted ? { remainingItemCount: remaining } : {}),
  };
}

/** Tells a client that comes too late how to go on with the list, at the newest state. */
function withFreshToken(error: MallaError, after: ResourceKey): MallaError {
  if (error.code !== 'expired') return error;
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results, which then are of a newer state';
  return new MallaError('expired', message, { details: { continue: writePage({ revision: 0, after }) } });
}
