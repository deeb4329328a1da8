import type { AccessLogType } from '@malla/proxy-config';
import type { LogRecord } from '../runtime/log-record.ts';
import type { WorkerServices } from '../runtime/services.ts';

/** Services that a TCP proxy uses. */
export type TcpServices = Pick<WorkerServices, 'stats' | 'timers' | 'random' | 'clusters'>;

/** Where entries about connections go; whoever makes the proxy makes it from `config.accessLog`. */
export interface TcpAccessLog {
  /** Some logger wants entries of that type; others need not be put together. */
  wants(type: AccessLogType): boolean;
  log(record: LogRecord): void;
}
