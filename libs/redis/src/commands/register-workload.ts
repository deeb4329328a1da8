/**
 * Creates or renews the lease of a workload; tells the others only when what is known of it changed.
 *
 * KEYS[1] workloadLeases, KEYS[2] workloads, KEYS[3] workloadEvents
 * ARGV[1] workload id, ARGV[2] JSON, ARGV[3] lease in ms
 * Returns 1 when something changed, 0 for a mere renewal. Time is Redis's own, so that replicas need no common clock.
 */
export const registerWorkloadScript = `
local now = redis.call('TIME')
local expiry = now[1] * 1000 + math.floor(now[2] / 1000) + tonumber(ARGV[3])
redis.call('ZADD', KEYS[1], expiry, ARGV[1])
if redis.call('HGET', KEYS[2], ARGV[1]) == ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('XADD', KEYS[3], 'MAXLEN', '~', 10000, '*', 'id', ARGV[1], 'workload', ARGV[2])
return 1
`;
