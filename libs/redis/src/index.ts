// Keys
export { redisKeys, type RedisKeys } from './keys.ts';
// Workload registry
export { WorkloadLeases, type WorkloadChange, type WorkloadListing } from './workload-leases.ts';
// Delivery truth
export { DeliveryMap, deliveryStaleAfterMs, type DeliveryState, type TypeDelivery } from './delivery-map.ts';
