import type { JsonObject } from '@bufbuild/protobuf';
import type { RequestStream, ServiceHandlers } from '@malla/grpc';
import { MallaError } from '@malla/model';
import { logFields } from '@malla/observability';
import type { Node } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import type {
  AccessLogService,
  StreamAccessLogsMessage,
  StreamAccessLogsMessageSchema,
} from '@malla/protos/gen/envoy/service/accesslog/v3/als_pb';
import { parseWorkloadId } from '@malla/spiffe';
import { toAccessRecord, type AccessRecord, type ReportingWorkload } from '@malla/telemetry';
import type { Logger } from 'pino';

export interface AccessLogServiceParams {
  readonly trustDomain: string;
  readonly logger: Logger;
  /** Takes each finished request. */
  readonly record: (record: AccessRecord) => void;
}

/**
 * envoy.service.accesslog.v3.AccessLogService. A stream is one proxy's; its node must be of the namespace and service account
 * that the certificate names, so that no workload can write another's telemetry.
 */
export function accessLogHandlers(params: AccessLogServiceParams): ServiceHandlers<typeof AccessLogService> {
  return {
    async streamAccessLogs(stream) {
      let reporter: ReportingWorkload | undefined;
      for await (const message of stream.requests) {
        reporter ??= reporterOf(message, stream, params);
        recordAll(message, reporter, params.record);
      }
      return {};
    },
  };
}

function recordAll(
  message: StreamAccessLogsMessage,
  reporter: ReportingWorkload,
  record: AccessLogServiceParams['record'],
): void {
  if (message.logEntries.case !== 'httpLogs') return;
  for (const entry of message.logEntries.value.logEntry) record(toAccessRecord(entry, reporter));
}

function reporterOf(
  message: StreamAccessLogsMessage,
  stream: RequestStream<typeof StreamAccessLogsMessageSchema>,
  { trustDomain, logger }: AccessLogServiceParams,
): ReportingWorkload {
  const identity = stream.peer === undefined ? undefined : parseWorkloadId(stream.peer);
  if (identity?.trustDomain !== trustDomain) {
    throw new MallaError('unauthenticated', 'the caller showed no workload certificate of this mesh');
  }
  const { workload, serviceAccount } = workloadOf(message.identifier?.node);
  if (workload.namespace !== identity.namespace || serviceAccount !== identity.serviceAccount) {
    throw new MallaError(
      'permission_denied',
      `${stream.peer} may not report for ${workload.namespace}/${serviceAccount}`,
    );
  }
  logger.debug({ [logFields.peer]: stream.peer, [logFields.proxy]: workload.name }, 'Access log stream opened');
  return workload;
}

function workloadOf(node: Node | undefined): { workload: ReportingWorkload; serviceAccount: string } {
  const metadata: JsonObject = node?.metadata ?? {};
  const { WORKLOAD_NAME: name, NAMESPACE: namespace, SERVICE_ACCOUNT: serviceAccount, LABELS: labels } = metadata;
  if (typeof name !== 'string' || typeof namespace !== 'string' || typeof serviceAccount !== 'string') {
    throw new MallaError(
      'invalid',
      'identifier.node.metadata: WORKLOAD_NAME, NAMESPACE and SERVICE_ACCOUNT must be set in the first message',
    );
  }
  return { workload: { name, namespace, labels: textsOf(labels) }, serviceAccount };
}

function textsOf(value: unknown): Record<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
