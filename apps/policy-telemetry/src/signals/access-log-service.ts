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
import {
  reporterOfLog,
  toAccessRecord,
  toConnectionRecord,
  type AccessRecord,
  type Reporter,
  type ReportingWorkload,
} from '@malla/telemetry';
import type { Logger } from 'pino';
import { callingWorkload } from '../calling-workload.ts';

export interface AccessLogServiceParams {
  readonly trustDomain: string;
  readonly logger: Logger;
  /** Takes each finished request and each closed connection. */
  readonly record: (record: AccessRecord) => void;
}

/**
 * envoy.service.accesslog.v3.AccessLogService. A stream is one proxy's; its node must be of the namespace and service account
 * that the certificate names, so that no workload can write another's telemetry.
 */
export function accessLogHandlers(params: AccessLogServiceParams): ServiceHandlers<typeof AccessLogService> {
  return {
    async streamAccessLogs(stream) {
      let workload: ReportingWorkload | undefined;
      let reporter: Reporter | undefined;
      for await (const message of stream.requests) {
        workload ??= reportingWorkload(message, stream, params);
        // The name stands in the first message, and where it changes.
        if (message.identifier !== undefined) reporter = reporterOfLog(message.identifier.logName);
        if (reporter !== undefined) recordAll(message, workload, reporter, params.record);
      }
      return {};
    },
  };
}

function recordAll(
  message: StreamAccessLogsMessage,
  workload: ReportingWorkload,
  reporter: Reporter,
  record: AccessLogServiceParams['record'],
): void {
  const { case: protocol, value } = message.logEntries;
  if (protocol === 'httpLogs') for (const entry of value.logEntry) record(toAccessRecord(entry, workload, reporter));
  if (protocol === 'tcpLogs') for (const entry of value.logEntry) record(toConnectionRecord(entry, workload, reporter));
}

function reportingWorkload(
  message: StreamAccessLogsMessage,
  stream: RequestStream<typeof StreamAccessLogsMessageSchema>,
  { trustDomain, logger }: AccessLogServiceParams,
): ReportingWorkload {
  const identity = callingWorkload(stream, trustDomain);
  const workload = workloadOf(message.identifier?.node);
  if (workload.namespace !== identity.namespace || workload.serviceAccount !== identity.serviceAccount) {
    throw new MallaError(
      'permission_denied',
      `${stream.peer} may not report for ${workload.namespace}/${workload.serviceAccount}`,
    );
  }
  logger.debug({ [logFields.peer]: stream.peer, [logFields.proxy]: workload.name }, 'Access log stream opened');
  return workload;
}

function workloadOf(node: Node | undefined): ReportingWorkload {
  const metadata: JsonObject = node?.metadata ?? {};
  const { WORKLOAD_NAME: name, NAMESPACE: namespace, SERVICE_ACCOUNT: serviceAccount, LABELS: labels } = metadata;
  if (typeof name !== 'string' || typeof namespace !== 'string' || typeof serviceAccount !== 'string') {
    throw new MallaError(
      'invalid',
      'identifier.node.metadata: WORKLOAD_NAME, NAMESPACE and SERVICE_ACCOUNT must be set in the first message',
    );
  }
  return { name, namespace, serviceAccount, labels: textsOf(labels) };
}

function textsOf(value: unknown): Record<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
