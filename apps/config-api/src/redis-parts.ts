import { MallaError } from '@malla/model';
import { ConfigWakeUps, DeliveryMap, openRedis, redisKeys, WorkloadLeases } from '@malla/redis';
import type { WakeUps } from '@malla/store';
import type { Registrations } from './effective/known-workloads.ts';
import { registeredWorkload } from './effective/registered-workload.ts';
import type { Context } from './open-parts.ts';
import type { Deliveries } from './resources/delivery-status.ts';

/** What config-api has of Redis; without Redis, nothing that configuration needs. */
export interface RedisParts {
  readonly wakeUps: WakeUps | undefined;
  readonly deliveries: Deliveries;
  /** Workloads that agents have registered; none without Redis. */
  readonly registrations: Registrations;
  close(): void;
}

export function openRedisParts(context: Context): RedisParts {
  const { settings, health, logger } = context;
  const { redisUrl, meshId } = settings;
  if (redisUrl === undefined)
    return {
      wakeUps: undefined,
      deliveries: { list: () => Promise.reject(noRedis()) },
      registrations: { list: () => Promise.resolve([]) },
      close: () => undefined,
    };
  const check = health.check('redis');
  check.degraded('not connected yet');
  const onAvailability = (failure: string | undefined): void => {
    if (failure === undefined) check.ok();
    else {
      check.degraded(`replicas are woken by the database alone, and deliveries are unknown: ${failure}`);
      logger.warn({ reason: failure }, 'Redis is out of reach');
    }
  };
  const redis = openRedis({ url: redisUrl.reveal(), name: 'config-api', onAvailability });
  const blockingRedis = openRedis({ url: redisUrl.reveal(), name: 'config-api-wake-ups', blocking: true });
  const keys = redisKeys(meshId);
  const wakeUps = new ConfigWakeUps({ redis, blockingRedis, keys });
  const map = new DeliveryMap(redis, keys);
  const deliveries: Deliveries = {
    list: () =>
      map.list().catch((error: unknown) =>
        Promise.reject(
          new MallaError('unavailable', 'Redis is out of reach: what proxies acknowledged is not known', {
            cause: error,
          }),
        ),
      ),
  };
  const leases = new WorkloadLeases(redis, keys);
  const registrations: Registrations = {
    list: () =>
      leases.list().then(
        ({ workloads }) => [...workloads.values()].map(registeredWorkload),
        (error: unknown) =>
          Promise.reject(
            new MallaError('unavailable', 'Redis is out of reach: which workloads run is not known', { cause: error }),
          ),
      ),
  };
  const close = (): void => {
    wakeUps.close();
    redis.disconnect();
    blockingRedis.disconnect();
  };
  return { wakeUps, deliveries, registrations, close };
}

function noRedis(): MallaError {
  return new MallaError('unavailable', 'what proxies acknowledged is kept in Redis: set REDIS_URL');
}
