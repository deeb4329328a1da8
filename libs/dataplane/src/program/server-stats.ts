import { daysUntilFirstExpiry } from '../admin/certs-page.ts';
import { stateNumbers, type ServerStateName } from '../admin/server-info.ts';
import type { StatsScope } from '../runtime/instruments.ts';
import type { Configuration } from '../xds/configuration.ts';

export interface ServerFacts {
  readonly state: ServerStateName;
  readonly concurrency: number;
  readonly uptimeMs: number;
  readonly connections: number;
  readonly configuration: Configuration;
}

/** Writes Envoy's `server.*` gauges. Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/observability/statistics */
export function writeServerStats(root: StatsScope, facts: ServerFacts): void {
  const { heapUsed, heapTotal, rss } = process.memoryUsage();
  const { configuration, state } = facts;
  const secrets = configuration.secrets.values().map(({ config }) => config);
  const gauges: Readonly<Record<string, number>> = {
    'server.state': stateNumbers[state],
    'server.live': state === 'LIVE' ? 1 : 0,
    'server.concurrency': facts.concurrency,
    'server.uptime': Math.floor(facts.uptimeMs / 1_000),
    'server.memory_allocated': heapUsed,
    'server.memory_heap_size': heapTotal,
    'server.memory_physical_size': rss,
    'server.total_connections': facts.connections,
    'server.parent_connections': 0,
    'server.hot_restart_epoch': 0,
    'server.version': 0,
    'server.days_until_first_cert_expiring': daysUntilFirstExpiry(secrets, Date.now()),
    'listener_manager.workers_started': 1,
  };
  for (const [name, value] of Object.entries(gauges)) root.gauge(name).set(value);
}
