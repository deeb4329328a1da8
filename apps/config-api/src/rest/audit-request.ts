import type { AuditLog, AuditRecord } from '@malla/store-prisma';
import type { Logger } from 'pino';

/** What is known of a request when it is answered. */
export interface AuditedRequest {
  readonly method: string;
  readonly path: string;
  readonly source: string;
  /** Undefined if the caller did not become known. */
  readonly caller: string | undefined;
  readonly code: number;
  /** The reason of a refusal. */
  readonly message: string | undefined;
  readonly changeId: string;
  readonly watch: boolean;
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/**
 * Writes down every change and everything that was refused, to the log and to the audit table. Reads that were answered
 * are left out: they are many and change nothing. Contents are never written.
 */
export function auditRequest(audit: Pick<AuditLog, 'add'>, logger: Logger, request: AuditedRequest): void {
  const { method, path, code, message = '', changeId, source } = request;
  const refused = code === 401 || code === 403;
  const write = verbs[method] !== undefined;
  if (!write && !refused) return;
  const record: AuditRecord = {
    time: new Date().toISOString(),
    subject: request.caller ?? 'unknown',
    source,
    verb: verbs[method] ?? (request.watch ? 'watch' : 'get'),
    ...namesOf(path),
    code,
    message: message.slice(0, 500).replaceAll('\u0000', ''),
    changeId,
  };
  audit.add(record);
  logger.info({ audit: record }, 'Audit');
}

/** Resource, namespace and name from a path, as far as it has them; never throws, for paths may be anything. */
function namesOf(path: string): { resource: string; namespace: string; name: string } {
  const parts = path.split('/').filter((part) => part !== '').map((part) => part.slice(0, 253).replaceAll('%00', ''));
  const group = parts[0] === 'api' ? '' : (parts[1] ?? '');
  const rest = parts.slice(parts[0] === 'api' ? 2 : 3);
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2;
  const [plural = '', name = ''] = inNamespace ? rest.slice(2) : rest;
  return { resource: group === '' ? plural : `${plural}.${group}`, namespace: inNamespace ? (rest[1] ?? '') : '', name };
}
