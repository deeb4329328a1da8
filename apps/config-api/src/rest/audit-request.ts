import type { AuditLog } from '@malla/store-prisma';
import type { Logger } from 'pino';

/** A call that leaves a trail: who asked for what, from where, with what result. Contents are never written. */
export interface AuditedCall {
  /** A Kubernetes verb. */
  readonly verb: string;
  /** `plural` or `plural.group`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  /** Address of the caller. */
  readonly source: string;
  readonly caller: string;
  /** HTTP status, also for gRPC. */
  readonly code: number;
  /** The reason of a refusal. */
  readonly message: string;
  readonly changeId: string;
}

/** Writes a call to the audit table and to the log. Texts from outside are cut and stripped of what a database cannot hold. */
export function auditTrail(audit: Pick<AuditLog, 'add'>, logger: Logger): (call: AuditedCall) => void {
  return ({ caller, message, resource, namespace, name, ...rest }) => {
    const record = {
      time: new Date().toISOString(),
      subject: plain(caller),
      ...rest,
      resource: plain(resource),
      namespace: plain(namespace),
      name: plain(name),
      message: plain(message),
    };
    audit.add(record);
    logger.info({ audit: record }, 'Audit');
  };
}

/** What is known of an HTTP request when it is answered. */
export interface AnsweredRequest {
  readonly method: string;
  readonly path: string;
  /** Name of the object in the answer. */
  readonly name?: string | undefined;
  readonly source: string;
  /** Undefined if the caller did not become known. */
  readonly caller: string | undefined;
  readonly code: number;
  readonly message: string | undefined;
  readonly changeId: string;
  readonly watch: boolean;
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/**
 * The trail of an HTTP request: of every write, of every read of secrets, and of what was refused. Other reads that were answered are many
 * and change nothing.
 */
export function auditedRequest(request: AnsweredRequest): AuditedCall | undefined {
  const { method, path, code, message = '', changeId, source, caller = 'unknown', watch } = request;
  const inPath = namesOf(path);
  const names = inPath.name === '' ? { ...inPath, name: request.name ?? '' } : inPath;
  const isWrite = verbs[method] !== undefined;
  const refused = code === 401 || code === 403;
  if (!isWrite && !refused && inPath.resource !== 'secrets') return undefined;
  return {
    verb: verbOf(method, { watch, isCollection: inPath.name === '' }),
    ...names,
    source,
    caller,
    code,
    message,
    changeId,
  };
}

function verbOf(method: string, { watch, isCollection }: { watch: boolean; isCollection: boolean }): string {
  if (method === 'DELETE' && isCollection) return 'deletecollection';
  return verbs[method] ?? (watch ? 'watch' : isCollection ? 'list' : 'get');
}

/** Resource, namespace and name from a path, as far as it has them; never throws, for paths may be anything. */
function namesOf(path: string): Pick<AuditedCall, 'resource' | 'namespace' | 'name'> {
  const parts = path.split('/').filter((part) => part !== '');
  const group = parts[0] === 'api' ? '' : (parts[1] ?? '');
  const rest = parts.slice(parts[0] === 'api' ? 2 : 3);
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2;
  const [plural = '', name = '', subresource = ''] = inNamespace ? rest.slice(2) : rest;
  const resource = group === '' ? plural : `${plural}.${group}`;
  return {
    resource: subresource === '' ? resource : `${resource}/${subresource}`,
    namespace: inNamespace ? (rest[1] ?? '') : '',
    name,
  };
}

function plain(text: string): string {
  return text.slice(0, 500).replaceAll('\u0000', '');
}
