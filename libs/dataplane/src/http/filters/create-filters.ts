import type { HttpFilterConfig, HttpManagerConfig } from '@malla/proxy-config';
import { Router } from '../router/router.ts';
import { CorsFilter } from './cors-filter.ts';
import { ExtAuthzFilter } from './ext-authz-filter.ts';
import { FaultFilter } from './fault-filter.ts';
import type { FilterServices } from './filter-services.ts';
import { GrpcStatsFilter } from './grpc-stats-filter.ts';
import { HeaderToMetadataFilter } from './header-to-metadata-filter.ts';
import type { HttpFilter } from './http-filter.ts';
import { LocalRateLimitFilter } from './local-rate-limit-filter.ts';
import { RateLimitFilter } from './rate-limit-filter.ts';
import { RbacFilter } from './rbac-filter.ts';

/** The filters of a connection manager, in the order of its configuration. */
export function createFilters(config: HttpManagerConfig, made: FilterServices): readonly HttpFilter[] {
  return config.filters.map((filter) => createFilter(filter, made));
}

function createFilter(filter: HttpFilterConfig, made: FilterServices): HttpFilter {
  const { name, disabled } = filter;
  switch (filter.kind) {
    case 'router':
      return new Router({ name, config: filter.config, stats: made.stats, services: made.services });
    case 'fault':
      return new FaultFilter(name, disabled ? undefined : filter.config, made);
    case 'rbac':
      return new RbacFilter({ name, config: filter.config, disabled }, made);
    case 'cors':
      return new CorsFilter(name, made);
    case 'header-to-metadata':
      return new HeaderToMetadataFilter({ name, config: filter.config, disabled });
    case 'grpc-stats':
      return new GrpcStatsFilter({ name, config: filter.config, disabled });
    case 'local-rate-limit':
      return new LocalRateLimitFilter({ name, config: filter.config, disabled }, made);
    case 'rate-limit':
      return new RateLimitFilter({ name, config: filter.config, disabled }, made);
    case 'ext-authz':
      return new ExtAuthzFilter({ name, config: filter.config, disabled }, made);
  }
}
