import type { CallInfo, ServiceHandlers } from '@malla/grpc';
import { findKind, groupOf, MallaError } from '@malla/model';
import type {
  ConfigService,
  DeleteRequest,
  RollbackRequest,
  WriteRequest,
} from '@malla/protos/gen/malla/config/v1/config_pb';
import type { Caller } from '../access/caller.ts';
import { statusOfError } from '../rest/api-status.ts';
import type { AuditedCall } from '../rest/audit-request.ts';
import { resourceName } from '../rest/resource-request.ts';

type Handlers = ServiceHandlers<typeof ConfigService>;
type Subject = Pick<AuditedCall, 'resource' | 'namespace' | 'name'>;

export interface AuditedHandlersParams {
  readonly handlers: Handlers;
  readonly callerOf: (call: CallInfo) => Promise<Caller>;
  readonly audit: (call: AuditedCall) => void;
}

/** The handlers of the ConfigService with a trail: every write, and every call that was refused. */
export function auditedHandlers({ handlers, callerOf, audit }: AuditedHandlersParams): Handlers {
  const run = async <R>(
    verb: string,
    call: CallInfo,
    parts: { subject: Subject; answer: () => R | Promise<R> },
  ): Promise<R> => {
    const write = (code: number, message: string, caller: string): void =>
      audit({ verb, ...parts.subject, source: call.address, caller, code, message, changeId: '' });
    try {
      const answer = await parts.answer();
      if (verb !== 'get') write(200, '', await nameOf(callerOf, call));
      return answer;
    } catch (thrown) {
      const error = MallaError.from(thrown);
      const refused = error.code === 'permission_denied' || error.code === 'unauthenticated';
      if (verb !== 'get' || refused) write(statusOfError(error).code, error.message, await nameOf(callerOf, call));
      throw thrown;
    }
  };
  const {
    get,
    list,
    create,
    replace,
    apply,
    delete: remove,
    watch,
    history,
    rollback,
  } = handlers as Required<Handlers>;
  const all = { resource: '*', namespace: '', name: '' };
  return {
    get: (request, call) => run('get', call, { subject: subjectOfKey(request.key), answer: () => get(request, call) }),
    list: (request, call) => run('get', call, { subject: subjectOfKey(request), answer: () => list(request, call) }),
    watch: (request, stream) => run('get', stream, { subject: all, answer: () => watch(request, stream) }),
    history: (request, call) =>
      run('get', call, { subject: subjectOfKey(request.key), answer: () => history(request, call) }),
    create: (request, call) =>
      run('create', call, { subject: subjectOfObject(request), answer: () => create(request, call) }),
    replace: (request, call) =>
      run('update', call, { subject: subjectOfObject(request), answer: () => replace(request, call) }),
    apply: (request, call) =>
      run('update', call, { subject: subjectOfObject(request), answer: () => apply(request, call) }),
    delete: (request: DeleteRequest, call) =>
      run('delete', call, { subject: subjectOfKey(request.key), answer: () => remove(request, call) }),
    rollback: (request: RollbackRequest, call) =>
      run('update', call, { subject: subjectOfKey(request.key), answer: () => rollback(request, call) }),
  };
}

async function nameOf(callerOf: AuditedHandlersParams['callerOf'], call: CallInfo): Promise<string> {
  const known = await callerOf(call).catch(() => undefined);
  return known?.name ?? call.peer ?? 'unknown';
}

function subjectOfKey(
  key:
    { readonly group: string; readonly kind: string; readonly namespace: string; readonly name?: string } | undefined,
): Subject {
  const { group = '', kind = '', namespace = '', name = '' } = key ?? {};
  const definition = findKind(group, kind);
  return { resource: definition === undefined ? kind || '*' : resourceName(definition), namespace, name };
}

/** Of an object that may be anything: what does not read is left empty. */
function subjectOfObject({ json }: WriteRequest): Subject {
  try {
    const { apiVersion, kind, metadata } = JSON.parse(Buffer.from(json).toString('utf8')) as {
      apiVersion: unknown;
      kind: unknown;
      metadata: { name?: unknown; namespace?: unknown };
    };
    const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 253) : '');
    return subjectOfKey({
      group: groupOf(text(apiVersion)),
      kind: text(kind),
      namespace: text(metadata.namespace),
      name: text(metadata.name),
    });
  } catch {
    return { resource: '', namespace: '', name: '' };
  }
}
