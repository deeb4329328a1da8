import { redirectLocation } from '@malla/matcher';
import type { RouterFilterConfig } from '@malla/proxy-config';
import type { WorkerServices } from '../../runtime/services.ts';
import type { HttpFilter } from '../filters/http-filter.ts';
import type { ManagerStats } from '../stats/manager-stats.ts';
import type { Stream } from '../stream/stream.ts';
import type { RouterParts } from './forwarded-request.ts';
import { Forwarding } from './forwarding.ts';

interface Params {
  readonly name: string;
  readonly config: RouterFilterConfig;
  readonly stats: ManagerStats;
  readonly services: WorkerServices;
}

/** The last filter: answers by the route, or sends the request to a cluster. */
export class Router implements HttpFilter, RouterParts {
  readonly name: string;
  readonly stats: ManagerStats;
  readonly services: WorkerServices;
  /** Neither puts Envoy's own fields on requests and responses, nor heeds them. */
  readonly suppressEnvoyHeaders: boolean;

  constructor({ name, config, stats, services }: Params) {
    this.name = name;
    this.stats = stats;
    this.services = services;
    this.suppressEnvoyHeaders = config.suppressEnvoyHeaders;
  }

  onRequest(stream: Stream): boolean {
    this.stats.routed.inc();
    const { route, destination } = stream;
    if (route === undefined) {
      this.stats.noRoute.inc();
      stream.addFlag('NR');
      stream.reply({ status: 404, body: '', details: 'route_not_found' });
      return false;
    }
    if (destination === undefined) {
      this.#answer(stream);
      return false;
    }
    const extras = route.config.forward;
    const name = extras?.clusterHeader === undefined ? destination.cluster : stream.get(extras.clusterHeader);
    const cluster = name === undefined ? undefined : this.services.clusters.get(name);
    if (cluster === undefined) {
      this.stats.noCluster.inc();
      stream.addFlag('NC');
      stream.reply({ status: extras?.clusterNotFoundStatus ?? 503, body: '', details: 'cluster_not_found' });
      return false;
    }
    new Forwarding(this, stream, cluster).start();
    return false;
  }

  /** A redirect or a direct response. */
  #answer(stream: Stream): void {
    this.stats.directResponse.inc();
    const route = stream.route as NonNullable<Stream['route']>;
    const { action } = route.config;
    stream.localEdits = route.responseEdits;
    if (action.kind === 'redirect') {
      const requestScheme = stream.head.scheme === 'https' ? 'https' : 'http';
      const location = redirectLocation(
        action,
        { authority: stream.head.authority, path: stream.head.path },
        { port: stream.connection.local.port, requestScheme },
      );
      stream.reply({ status: action.code, body: '', details: 'direct_response', headers: [['location', location]] });
    } else if (action.kind === 'direct-response') {
      stream.reply({ status: action.status, body: action.body, details: 'direct_response' });
    }
  }
}
