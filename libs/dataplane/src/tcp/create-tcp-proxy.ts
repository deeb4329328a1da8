import type { TcpProxyConfig } from '@malla/proxy-config';
import type { DownstreamConnection, TerminalFilter } from '../runtime/connection.ts';
import type { TcpAccessLog, TcpServices } from './tcp-services.ts';
import { TcpSession } from './tcp-session.ts';
import { TcpStats, TcpUpstreamStats } from './tcp-stats.ts';
import { chooseCluster } from './weighted-clusters.ts';

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
