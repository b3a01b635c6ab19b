import { createHash } from 'node:crypto';
import { type Cluster, type Redis, type RedisValue } from 'ioredis';

/** A Lua script, which Redis runs atomically. It is sent once to each server, then called by its hash. */
export class RedisScript {
  private readonly sha: string;

  constructor(private readonly lua: string) {
    this.sha = createHash('sha1').update(lua).digest('hex');
  }

  async run(redis: Redis | Cluster, keys: readonly string[], args: readonly RedisValue[]): Promise<unknown> {
    try {
      return await redis.evalsha(this.sha, keys.length, ...keys, ...args);
    } catch (error) {
      // A server that was restarted, or took over after a fail-over, does not have the script.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(this.lua, keys.length, ...keys, ...args);
    }
  }
}

// KEYS of every script for one access token: the hash, the lease, the index. ARGV begins with key id and channel.
// All times are by Redis' clock, because the clocks of the processes differ.
// Works from Redis 5 on: no GET of SET NX, no GT of ZADD, no PXAT.

const COMMON = `
local access, lease, index = KEYS[1], KEYS[2], KEYS[3]
local id, channel = ARGV[1], ARGV[2]

local function isHeldBy(leaseId)
  local held = redis.call('GET', lease)
  return held and string.sub(held, 1, #leaseId + 1) == leaseId .. ' '
end

-- Another program may have stored another type under our name.
local function clearForeign()
  local kind = redis.call('TYPE', access)
  if (kind.ok or kind) ~= 'hash' then redis.call('DEL', access) end
end

-- The index has each key until its hash and its lease have expired, and expires with the last key.
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

local function notify()
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

/** ARGV: lease id, TTL in ms, encrypted value, its hash, its facts. */
export const COMMIT = new RedisScript(`${COMMON}
if not isHeldBy(ARGV[3]) then return 0 end
redis.call('DEL', access, lease)
redis.call('HSET', access, 'sealed', ARGV[5])
redis.call('HSET', access, 'hash', ARGV[6])
redis.call('HSET', access, 'token', ARGV[7])
redis.call('PEXPIRE', access, ARGV[4])
upkeep()
notify()
return 1`);

/** ARGV: lease id, TTL in ms, the failure. */
export const FAIL = new RedisScript(`${COMMON}
if not isHeldBy(ARGV[3]) then return 0 end
clearForeign()
redis.call('DEL', lease)
redis.call('HSET', access, 'failure', ARGV[5])
-- The token in the same hash may have a longer TTL.
if redis.call('PTTL', access) < tonumber(ARGV[4]) then redis.call('PEXPIRE', access, ARGV[4]) end
upkeep()
notify()
return 1`);

/** ARGV: lease id. */
export const RELEASE = new RedisScript(`${COMMON}
if not isHeldBy(ARGV[3]) then return 0 end
redis.call('DEL', lease)
upkeep()
notify()
return 1`);

/** ARGV: the hash of the token to delete, or an empty string for any token. */
export const DELETE = new RedisScript(`${COMMON}
if ARGV[3] ~= '' then
  clearForeign()
  if redis.call('HGET', access, 'hash') ~= ARGV[3] then return 0 end
end
if redis.call('DEL', access) == 0 then return 0 end
upkeep()
notify()
return 1`);

/** KEYS: the access hash. ARGV: the value encrypted with an older key, the same value re-encrypted. */
export const REENCRYPT = new RedisScript(`
if redis.call('HGET', KEYS[1], 'sealed') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'sealed', ARGV[2])
return 1`);

/**
 * KEYS: the index. ARGV: channel, prefix of access hashes, prefix of leases. The names that it builds are in the slot of the
 * index.
 */
export const DELETE_REGISTRATION = new RedisScript(`
for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  redis.call('DEL', ARGV[2] .. id, ARGV[3] .. id)
  redis.call('PUBLISH', ARGV[1], id)
end
redis.call('DEL', KEYS[1])
return 1`);

/** KEYS: the index. ARGV: prefix of access hashes, prefix of leases. Answers rows of id, hash, token, failure, lease. */
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
