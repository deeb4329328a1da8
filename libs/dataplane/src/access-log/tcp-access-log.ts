import type { AccessLogConfig } from '@malla/proxy-config';
import type { WorkerServices } from '../runtime/services.ts';
import type { TcpAccessLog } from '../tcp/tcp-services.ts';
import { compileAccessLogs } from './access-loggers.ts';
import { RecordFacts } from './record-facts.ts';

/** The access log of a TCP proxy. Undefined without loggers. */
export function tcpAccessLog(
  configs: readonly AccessLogConfig[],
  services: Pick<WorkerServices, 'stats' | 'logs' | 'random' | 'clusters'>,
): TcpAccessLog | undefined {
  if (configs.length === 0) return undefined;
  const loggers = compileAccessLogs(configs, services);
  return {
    wants: (type) => loggers.wants(type),
    log: (record) => loggers.log(new RecordFacts(record, services.clusters)),
  };
}
