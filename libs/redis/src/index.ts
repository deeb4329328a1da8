// Connections
export { openRedis, type RedisConnectionParams } from './connection.ts';
// Wake-ups of config-api's replicas
export { ConfigWakeUps, type ConfigWakeUpsParams } from './config-wake-ups.ts';
// Keys
export { redisKeys, type QuotaName, type RedisKeys } from './keys.ts';
// Workload registry
export { WorkloadLeases, type WorkloadChange, type WorkloadListing } from './workload-leases.ts';
// Delivery truth
export { DeliveryMap, deliveryStaleAfterMs, type DeliveryState, type TypeDelivery } from './delivery-map.ts';
// Limits
export { Quotas, type QuotaRequest, type QuotaState } from './quotas.ts';
