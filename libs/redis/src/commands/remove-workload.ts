/**
 * Ends the lease of a workload at once.
 *
 * KEYS[1] workloadLeases, KEYS[2] workloads, KEYS[3] workloadEvents
 * ARGV[1] workload id
 * Returns 1 when it was there.
 */
export const removeWorkloadScript = `
redis.call('ZREM', KEYS[1], ARGV[1])
if redis.call('HDEL', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', 10000, '*', 'id', ARGV[1])
return 1
`;
