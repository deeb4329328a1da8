import type { HttpFilterConfig, HttpManagerConfig } from '@malla/proxy-config';
import type { StatsScope, WorkerServices } from '../../runtime/services.ts';
import { Router } from '../router/router.ts';
import type { ManagerStats } from '../stats/manager-stats.ts';
import type { HttpFilter } from './http-filter.ts';

/** What filters are made with. */
export interface FilterServices {
  readonly services: WorkerServices;
  /** Of the connection manager's statistics: `http.<prefix>`. */
  readonly scope: StatsScope;
  readonly stats: ManagerStats;
}

/** The filters of a connection manager, in the order of its configuration. */
export function createFilters(config: HttpManagerConfig, made: FilterServices): readonly HttpFilter[] {
  return config.filters.map((filter) => createFilter(filter, made));
}

function createFilter(filter: HttpFilterConfig, { services, stats }: FilterServices): HttpFilter {
  const { name } = filter;
  switch (filter.kind) {
    case 'router':
      return new Router({ name, config: filter.config, stats, services });
    default:
      throw new Error(`HTTP filter ${filter.kind} is not there yet`);
  }
}
