import type { HttpManagerConfig } from '@malla/proxy-config';
import type { TerminalFilter } from '../runtime/connection.ts';
import type { WorkerServices } from '../runtime/services.ts';
import { HttpManager, type HttpManagerOptions } from './manager/http-manager.ts';

/** The terminal filter that speaks HTTP. Made once for each version of a filter chain. */
export function createHttpManager(
  config: HttpManagerConfig,
  services: WorkerServices,
  options?: HttpManagerOptions,
): TerminalFilter {
  return new HttpManager(config, services, options);
}
