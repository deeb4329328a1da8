/**
 * Removes every workload whose lease has run out. Any replica may call it at any time; each expiry is told once.
 *
 * KEYS[1] workloadLeases, KEYS[2] workloads, KEYS[3] workloadEvents
 * ARGV[1] most workloads to expire in one call
 * Returns the ids.
 */
export const expireWorkloadsScript = `
local now = redis.call('TIME')
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now[1] * 1000 + math.floor(now[2] / 1000), 'LIMIT', 0, ARGV[1])
for _, id in ipairs(ids) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', 10000, '*', 'id', id)
end
return ids
`;
