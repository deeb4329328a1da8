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
  readonly source: string;
  /** Undefined if the caller did not become known. */
  readonly caller: string | undefined;
  readonly code: number;
  readonly message: string | undefined;
  readonly changeId: string;
  readonly watch: boolean;
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/** The trail of an HTTP request: of every write, and of what was refused. Reads that were answered are many and change nothing. */
export function auditedRequest(request: AnsweredRequest): AuditedCall | undefined {
  const { method, path, code, message = '', changeId, source, caller = 'unknown', watch } = request;
  const verb = verbs[method];
  if (verb === undefined && code !== 401 && code !== 403) return undefined;
  return { verb: verb ?? (watch ? 'watch' : 'get'), ...namesOf(path), source, caller, code, message, changeId };
}

/** Resource, namespace and name from a path, as far as it has them; never throws, for paths may be anything. */
function namesOf(path: string): Pick<AuditedCall, 'resource' | 'namespace' | 'name'> {
  const parts = path.split('/').filter((part) => part !== '');
  const group = parts[0] === 'api' ? '' : (parts[1] ?? '');
  const rest = parts.slice(parts[0] === 'api' ? 2 : 3);
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2;
  const [plural = '', name = ''] = inNamespace ? rest.slice(2) : rest;
  return {
    resource: group === '' ? plural : `${plural}.${group}`,
    namespace: inNamespace ? (rest[1] ?? '') : '',
    name,
  };
}

function plain(text: string): string {
  return text.slice(0, 500).replaceAll('\u0000', '');
}
