import type { AccessLogType, TcpProxyConfig } from '@malla/proxy-config';
import type { DownstreamConnection, TerminalFilter } from '../runtime/connection.ts';
import type { LogRecord } from '../runtime/log-record.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { TcpSession } from './tcp-session.ts';
import { TcpStats, TcpUpstreamStats } from './tcp-stats.ts';
import { chooseCluster } from './weighted-clusters.ts';

/** Services that a TCP proxy uses. */
export type TcpServices = Pick<WorkerServices, 'stats' | 'timers' | 'random' | 'clusters'>;

/** Where entries about connections go; whoever makes the proxy makes it from `config.accessLog`. */
export interface TcpAccessLog {
  /** Some logger wants entries of that type; others need not be put together. */
  wants(type: AccessLogType): boolean;
  log(record: LogRecord): void;
}

/** The filter that passes a connection's bytes to a cluster. */
export function createTcpProxy(
  config: TcpProxyConfig,
  services: TcpServices,
  accessLog: TcpAccessLog | undefined,
): TerminalFilter {
  const stats = new TcpStats(services.stats, config.statPrefix);
  const choose = chooseCluster(config.clusters);
  const upstreamStats = new Map<string, TcpUpstreamStats>();
  const statsOf = (statName: string): TcpUpstreamStats => {
    let found = upstreamStats.get(statName);
    if (found === undefined) upstreamStats.set(statName, (found = new TcpUpstreamStats(services.stats, statName)));
    return found;
  };
  const session = (connection: DownstreamConnection): TcpSession =>
    new TcpSession({
      connection,
      config,
      cluster: choose(services.random),
      services,
      stats: { downstream: stats, upstream: statsOf },
      accessLog,
    });
  return {
    accept: (connection) => {
      const begun = session(connection);
      begun.begin();
      return begun;
    },
    refuse: (connection, details) => session(connection).refuse(details),
  };
}
