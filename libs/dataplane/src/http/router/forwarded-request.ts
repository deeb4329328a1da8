import type { WorkerServices } from '../../runtime/services.ts';
import type { ManagerStats } from '../stats/manager-stats.ts';
import type { Stream } from '../stream/stream.ts';

/** The router, as the requests that it forwards need it. */
export interface RouterParts {
  readonly stats: ManagerStats;
  readonly services: WorkerServices;
  /** Neither puts Envoy's own fields on requests and responses, nor heeds them. */
  readonly suppressEnvoyHeaders: boolean;
}

/** A request on its way to a cluster. */
export interface ForwardedRequest {
  readonly router: RouterParts;
  readonly stream: Stream;
  readonly attempts: number;
  /** Set-Cookie that the hash policy gives a client without one. */
  readonly cookie: string | undefined;
}
