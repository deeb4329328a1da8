import { MallaError } from '@malla/model';
import { requireAccess, type Caller } from '../access/caller.ts';
import { answer, type ApiRequest, type ApiResponse } from '../rest/api-request.ts';
import { notAllowed } from '../rest/resource-request.ts';
import type { WorkloadDescriptions } from './workload-descriptions.ts';

const apiVersion = 'malla.io/v1';

/** `GET namespaces/NS/workloads`, and `GET namespaces/NS/workloads/NAME/effective`. */
export class WorkloadApi {
  readonly #descriptions: WorkloadDescriptions;

  constructor(descriptions: WorkloadDescriptions) {
    this.#descriptions = descriptions;
  }

  /** @param rest the path behind `namespaces` */
  async handle(request: ApiRequest, rest: readonly string[]): Promise<ApiResponse> {
    const [namespace = '', plural, name, view, ...more] = rest;
    const exists = plural === 'workloads' && (name === undefined || (view === 'effective' && more.length === 0));
    if (!exists) throw new MallaError('not_found', `the server could not find ${request.path}`);
    if (request.method !== 'GET' && request.method !== 'HEAD') throw notAllowed('workloads are only read here');
    if (name === undefined) {
      allowWorkload(request.caller, namespace, undefined);
      return answer({ kind: 'WorkloadList', apiVersion, items: await this.#descriptions.list(namespace) });
    }
    allowWorkload(request.caller, namespace, name);
    const { workload, ...effective } = await this.#descriptions.effective(namespace, name);
    return answer({ kind: 'EffectiveConfiguration', apiVersion, workload, ...effective });
  }
}

/**
 * Throws `permission_denied` unless the caller may read a workload, or with no name all of a namespace. The answer tells of other
 * namespaces what their owners export to this one.
 */
export function allowWorkload(caller: Caller, namespace: string, name: string | undefined): void {
  const verb = name === undefined ? 'list' : 'get';
  requireAccess(caller, { verb, group: 'malla.io', resource: 'workloads', namespace, name });
}
