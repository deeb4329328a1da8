/**
 * Takes hits out of the quotas of one request: out of all of them or, when one has too few left, out of none, so that what
 * one limit refuses costs the others nothing.
 *
 * A quota is a sliding window of `parts` equal slots. The slot that is only partly inside the window counts whole, so there
 * are never more than `limit` hits in any window, and at most one part in `parts` fewer under steady pressure.
 *
 * KEYS[i] hash of one quota: hits by slot number, `total` of them, `oldest` and `newest` slot with hits
 * ARGV[1] parts of a window; then for each key: limit, window in ms (a multiple of parts), hits
 * Returns for each key: 1 if it has room, what remains, ms until its oldest slot ends to count (0 if nothing is taken). Time
 * is Redis's own. A quota of 0 hits is only looked at: it has room while anything remains.
 */
export const takeQuotaScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local parts = tonumber(ARGV[1])
local quotas, room = {}, true
for i, key in ipairs(KEYS) do
  local limit, window, hits = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1])
  local head = redis.call('HMGET', key, 'total', 'oldest', 'newest')
  local total, oldest, newest = tonumber(head[1]) or 0, tonumber(head[2]), tonumber(head[3])
  local slot = math.max(math.floor(now * parts / window), newest or 0)
  local first = slot - parts
  if oldest and oldest < first then
    local fields, gone = {}, {}
    for field = oldest, newest do fields[#fields + 1] = string.format('%d', field) end
    oldest = nil
    for j, count in ipairs(redis.call('HMGET', key, unpack(fields))) do
      if count and tonumber(fields[j]) < first then
        total = total - tonumber(count)
        gone[#gone + 1] = fields[j]
      elseif count then
        oldest = tonumber(fields[j])
        break
      end
    end
    redis.call('HDEL', key, unpack(gone))
    if oldest then
      redis.call('HSET', key, 'total', total, 'oldest', string.format('%d', oldest))
    else
      redis.call('DEL', key)
      total = 0
    end
  end
  local fits = total + math.max(hits, 1) <= limit
  room = room and fits
  quotas[i] = { key = key, limit = limit, window = window, hits = hits, total = total, oldest = oldest, slot = slot, fits = fits }
end
local answer = {}
for _, quota in ipairs(quotas) do
  if room and quota.hits > 0 then
    quota.total = quota.total + quota.hits
    quota.oldest = quota.oldest or quota.slot
    local slot = string.format('%d', quota.slot)
    redis.call('HINCRBY', quota.key, slot, quota.hits)
    redis.call('HSET', quota.key, 'total', quota.total, 'oldest', string.format('%d', quota.oldest), 'newest', slot)
    redis.call('PEXPIRE', quota.key, quota.window + 2 * quota.window / parts)
  end
  answer[#answer + 1] = quota.fits and 1 or 0
  answer[#answer + 1] = math.max(quota.limit - quota.total, 0)
  answer[#answer + 1] = quota.oldest and math.max((quota.oldest + parts + 1) * quota.window / parts - now, 1) or 0
end
return answer
`;
