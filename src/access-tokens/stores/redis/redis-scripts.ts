import { RedisScript } from './redis-script.js';

// KEYS of every script of one access token: the hash, the lease, the index. ARGV begins with key id and channel.
// Times are Redis' own: the clocks of the processes differ.
// Works from Redis 5 on: no GET of SET NX, no GT of ZADD, no PXAT.

const COMMON = `
local access, lease, index = KEYS[1], KEYS[2], KEYS[3]
local id, channel = ARGV[1], ARGV[2]

local function isHeldBy(leaseId)
  local held = redis.call('GET', lease)
  return held and string.sub(held, 1, #leaseId + 1) == leaseId .. ' '
end

-- Whatever else somebody put under our name is in the way.
local function clearForeign()
  local kind = redis.call('TYPE', access)
  if (kind.ok or kind) ~= 'hash' then redis.call('DEL', access) end
end

-- The index knows each key until nothing is left of it, and ends with the last one.
local function upkeep()
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local left = math.max(redis.call('PTTL', access), redis.call('PTTL', lease))
  redis.call('ZREMRANGEBYSCORE', index, '-inf', now)
  if left > 0 then
    redis.call('ZADD', index, string.format('%.0f', now + left), id)
  else
    redis.call('ZREM', index, id)
  end
  local last = redis.call('ZREVRANGE', index, 0, 0, 'WITHSCORES')
  if last[2] then redis.call('PEXPIREAT', index, string.format('%.0f', last[2])) end
end

local function tell()
  redis.call('PUBLISH', channel, id)
end
`;

/** ARGV: lease id, holder, term in ms. */
export const ACQUIRE = new RedisScript(`${COMMON}
if not redis.call('SET', lease, ARGV[3] .. ' ' .. ARGV[4], 'NX', 'PX', ARGV[5]) then return 0 end
upkeep()
return 1`);

/** ARGV: lease id, term in ms. */
export const EXTEND = new RedisScript(`${COMMON}
if not isHeldBy(ARGV[3]) then return 0 end
redis.call('PEXPIRE', lease, ARGV[4])
upkeep()
return 1`);

/** ARGV: lease id, how long to keep it in ms, sealed value, its hash, what else is known of it. */
export const COMMIT = new RedisScript(`${COMMON}
if not isHeldBy(ARGV[3]) then return 0 end
redis.call('DEL', access, lease)
redis.call('HSET', access, 'sealed', ARGV[5])
redis.call('HSET', access, 'hash', ARGV[6])
redis.call('HSET', access, 'token', ARGV[7])
redis.call('PEXPIRE', access, ARGV[4])
upkeep()
tell()
return 1`);

/** ARGV: lease id, how long to keep it in ms, the failure. */
export const FAIL = new RedisScript(`${COMMON}
if not isHeldBy(ARGV[3]) then return 0 end
clearForeign()
redis.call('DEL', lease)
redis.call('HSET', access, 'failure', ARGV[5])
-- The token beside it may have longer.
if redis.call('PTTL', access) < tonumber(ARGV[4]) then redis.call('PEXPIRE', access, ARGV[4]) end
upkeep()
tell()
return 1`);

/** ARGV: lease id. */
export const RELEASE = new RedisScript(`${COMMON}
if not isHeldBy(ARGV[3]) then return 0 end
redis.call('DEL', lease)
upkeep()
tell()
return 1`);

/** ARGV: the hash of the one token that is meant, or nothing for whichever there is. */
export const DELETE = new RedisScript(`${COMMON}
if ARGV[3] ~= '' then
  clearForeign()
  if redis.call('HGET', access, 'hash') ~= ARGV[3] then return 0 end
end
if redis.call('DEL', access) == 0 then return 0 end
upkeep()
tell()
return 1`);

/** KEYS: the access hash. ARGV: what was sealed with an older key, the same sealed with the present one. */
export const RESEAL = new RedisScript(`
if redis.call('HGET', KEYS[1], 'sealed') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'sealed', ARGV[2])
return 1`);

/**
 * KEYS: the index. ARGV: channel, what the names of access hashes and of leases begin with. The keys that it finds in the
 * index are in the slot of the index.
 */
export const DELETE_REGISTRATION = new RedisScript(`
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  redis.call('DEL', ARGV[2] .. id, ARGV[3] .. id)
  redis.call('PUBLISH', ARGV[1], id)
end
redis.call('DEL', KEYS[1])
return 1`);

/** KEYS: the index. ARGV: what the names of access hashes and of leases begin with. Answers [id, hash, token, failure, lease] each. */
export const LIST = new RedisScript(`
local found = {}
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local kind = redis.call('TYPE', ARGV[1] .. id)
  local fields = {}
  if (kind.ok or kind) == 'hash' then
    fields = redis.call('HMGET', ARGV[1] .. id, 'hash', 'token', 'failure')
  end
  local lease = redis.call('GET', ARGV[2] .. id)
  if fields[2] or fields[3] or lease then
    found[#found + 1] = { id, fields[1] or false, fields[2] or false, fields[3] or false, lease }
  end
end
return found`);
