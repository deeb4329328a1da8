import type { ListenerConfig, LocalRateLimitConfig, PerFilterConfig, RouteTableConfig } from '@malla/proxy-config';
import type { WorkerUpdate } from '../runtime/update.ts';

/** A local rate limit of a resource, and the name of that resource. */
export interface PlacedRateLimit {
  readonly resource: string;
  readonly config: LocalRateLimitConfig;
  readonly bucket: NonNullable<LocalRateLimitConfig['bucket']>;
}

/**
 * All local rate limits that an update brings. In the same order in every thread that the update comes to, for that is how the threads agree on which bucket
 * is whose; those that connections have one of their own for are left out.
 */
export function localRateLimits({ listeners, routes }: WorkerUpdate): readonly PlacedRateLimit[] {
  const found: PlacedRateLimit[] = [];
  const take = (resource: string, configs: Iterable<LocalRateLimitConfig>): void => {
    for (const config of configs) {
      const { bucket, perConnection } = config;
      if (bucket !== undefined && !perConnection) found.push({ resource, config, bucket });
    }
  };
  for (const listener of listeners) take(`listener ${listener.name}`, ofListener(listener));
  for (const table of routes) take(`routes ${table.name}`, ofRoutes(table));
  return found;
}

function* ofListener({ filterChains, defaultFilterChain }: ListenerConfig): Generator<LocalRateLimitConfig> {
  for (const { filters } of defaultFilterChain === undefined ? filterChains : [...filterChains, defaultFilterChain]) {
    for (const filter of filters) {
      if (filter.kind !== 'http') continue;
      const { config } = filter;
      for (const each of config.filters) if (each.kind === 'local-rate-limit') yield each.config;
      if (config.routes.kind === 'inline') yield* ofRoutes(config.routes.table);
    }
  }
}

function* ofRoutes({ virtualHosts }: RouteTableConfig): Generator<LocalRateLimitConfig> {
  for (const { filters, routes } of virtualHosts) {
    yield* ofFilters(filters);
    for (const route of routes) {
      yield* ofFilters(route.filters);
      for (const destination of route.forward?.destinations ?? []) yield* ofFilters(destination.filters);
    }
  }
}

function* ofFilters(filters: ReadonlyMap<string, PerFilterConfig>): Generator<LocalRateLimitConfig> {
  for (const filter of filters.values()) if (filter.kind === 'local-rate-limit') yield filter.config;
}
