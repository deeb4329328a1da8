import type { StatsScope } from '../../runtime/instruments.ts';
import type { WorkerServices } from '../../runtime/services.ts';
import type { ManagerStats } from '../stats/manager-stats.ts';

/** What filters are made with. */
export interface FilterServices {
  readonly services: WorkerServices;
  /** Of the connection manager's statistics: `http.<prefix>`. */
  readonly scope: StatsScope;
  readonly stats: ManagerStats;
}
