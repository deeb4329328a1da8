import type { TokenTable } from '@malla/store-prisma';
import type { AnalysisIndex } from '../resources/analysis-index.ts';
import type { Deliveries } from '../resources/delivery-status.ts';
import type { ResourceReads } from '../resources/resource-reads.ts';
import type { ResourceWrites } from '../resources/resource-writes.ts';
import type { ApiRequest, ApiResponse } from './api-request.ts';
import { httpError } from './api-status.ts';
import { ReadApi } from './read-api.ts';
import { parseRequestPath, type RequestPath } from './request-path.ts';
import { hasStatus } from './present.ts';
import { keyAt, notAllowed } from './resource-request.ts';
import { TokenRequests } from './token-requests.ts';
import { WriteApi } from './write-api.ts';

export interface ResourceApiParams {
  readonly reads: ResourceReads;
  readonly writes: ResourceWrites;
  /** Where the status of objects comes from. */
  readonly deliveries: Deliveries;
  /** Where findings about objects come from. */
  readonly analysis: AnalysisIndex;
  readonly tokens: Pick<TokenTable, 'create'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The Kubernetes API over every kind of the registry: which verb a request means. */
export class ResourceApi {
  readonly #read: ReadApi;
  readonly #write: WriteApi;
  readonly #tokens: TokenRequests;

  constructor(params: ResourceApiParams) {
    this.#read = new ReadApi(params);
    this.#write = new WriteApi(params);
    this.#tokens = new TokenRequests(params);
  }

  /** Answers a request below `/api/` or `/apis/`. Throws MallaErrors. */
  async handle(request: ApiRequest): Promise<ApiResponse> {
    const path = parseRequestPath(request.path);
    const { name, subresource } = path;
    if (this.#tokens.serves(path)) return this.#tokens.create(request, path);
    if (subresource !== undefined && (subresource !== 'status' || !hasStatus(path.definition)))
      throw httpError('not_found', `${path.definition.plural} have no subresource "${subresource}"`, {});
    if (name === undefined) return this.#collection(request, path);
    return this.#single(request, path, name);
  }

  async #collection(request: ApiRequest, path: RequestPath): Promise<ApiResponse> {
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return this.#read.list(request, path);
      case 'POST':
        return this.#write.create(request, path);
      case 'DELETE':
        return this.#write.deleteCollection(request, path);
      default:
        throw notAllowed(`${request.method} is not a verb of a collection`);
    }
  }

  async #single(request: ApiRequest, path: RequestPath, name: string): Promise<ApiResponse> {
    const key = keyAt(path, name);
    switch (request.method) {
      case 'GET':
      case 'HEAD':
        return path.watch ? this.#read.list(request, path) : this.#read.get(request, path, key);
      case 'PUT':
        return this.#write.replace(request, path, key);
      case 'PATCH':
        return this.#write.patch(request, path, key);
      case 'DELETE':
        if (path.subresource !== undefined) throw notAllowed('a subresource cannot be deleted');
        return this.#write.delete(request, path, key);
      default:
        throw notAllowed(`${request.method} is not a verb of an object`);
    }
  }
}
