import { at, isObject, listAt, objectAt, textAt, type JsonObject } from '../json.ts';

/** One endpoint as the proxy sees it now. */
export interface EndpointStatus {
  /** `10.0.0.1:9080`, `[::1]:9080` or the path of a socket. */
  readonly address: string;
  readonly port: number | undefined;
  readonly cluster: string;
  /** Health as Envoy's enum names it: HEALTHY, UNHEALTHY, DRAINING, TIMEOUT, DEGRADED, UNKNOWN. */
  readonly status: string;
  /** True while outlier detection keeps it out of rotation. */
  readonly ejected: boolean;
  /** region/zone/subzone, empty without one. */
  readonly locality: string;
  readonly weight: number;
  /** Counters and gauges of the endpoint, such as rq_total and cx_active. */
  readonly stats: Readonly<Record<string, number>>;
}

/** Reads Envoy's /clusters?format=json. Throws a TypeError for other JSON. Source: envoy/admin/v3/clusters.proto. */
export function parseClusterStatuses(json: unknown): readonly EndpointStatus[] {
  if (!isObject(json) || (at(json, 'cluster_statuses') === undefined && Object.keys(json).length > 0)) {
    throw new TypeError('not the answer of /clusters?format=json: it has no "cluster_statuses"');
  }
  return listAt(json, 'cluster_statuses').flatMap((cluster) =>
    listAt(cluster, 'host_statuses').map((host) => readHost(textAt(cluster, 'name'), host)),
  );
}

function readHost(cluster: string, host: JsonObject): EndpointStatus {
  const health = objectAt(host, 'health_status');
  return {
    ...addressOf(objectAt(host, 'address')),
    cluster,
    status: healthOf(health),
    ejected: at(health, 'failed_outlier_check') === true,
    locality: localityText(objectAt(host, 'locality')),
    weight: Number(textAt(host, 'weight') || 1),
    stats: Object.fromEntries(listAt(host, 'stats').map((s) => [textAt(s, 'name'), Number(textAt(s, 'value') || 0)])),
  };
}

/** Text and port of an address (socket, pipe or internal listener) of Envoy's API. */
export function addressOf(address: JsonObject): { readonly address: string; readonly port: number | undefined } {
  const socket = objectAt(address, 'socket_address');
  const ip = textAt(socket, 'address');
  if (ip === '')
    return {
      address: textAt(address, 'pipe', 'path') || textAt(address, 'envoy_internal_address', 'server_listener_name'),
      port: undefined,
    };
  const port = Number(textAt(socket, 'port_value') || 0);
  return { address: `${ip.includes(':') ? `[${ip}]` : ip}:${port}`, port };
}

/** `region/zone/subzone` without empty ends. */
export function localityText(locality: JsonObject): string {
  const parts = ['region', 'zone', 'sub_zone'].map((name) => textAt(locality, name));
  return parts.join('/').replace(/\/+$/, '');
}

const failures = ['failed_active_health_check', 'failed_active_degraded_check', 'pending_dynamic_removal'];

/** The health that EDS gave, or UNHEALTHY when an active check fails. Outlier detection is told apart, as istioctl does. */
function healthOf(health: JsonObject): string {
  if (failures.some((name) => at(health, name) === true)) return 'UNHEALTHY';
  const eds = textAt(health, 'eds_health_status');
  return eds === '' || eds === 'UNKNOWN' ? 'HEALTHY' : eds;
}
