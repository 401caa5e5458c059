"""The keeper's steps as Redis scripts. ledger.py says the same in Python, and a test holds the two together.

Every script but `identity`, `install` and `forget` begins with the fence: this run of Redis, holding this epoch. The
request is one JSON value, with records in base 64; answers are plain arrays, with 0 where there is nothing to say.
Per epoch and conversation: c:ID hash next, head, base, at, open; p:ID sorted set of the pending numbers; i:ID hash of
what is known of these (r: record, v: verdict, p: planned); k:RECORD the number of a record, for a day; and `due`, all
pending numbers by time.
"""

from __future__ import annotations

KEYS_SECONDS = 86_400

_FENCE = """
local epoch, run, ask = ARGV[1], ARGV[2], cjson.decode(ARGV[3])
local actual = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if actual ~= run or redis.call('GET', 'parley:epoch') ~= epoch then return redis.error_reply('FENCED') end
local P = 'parley:' .. epoch .. ':'
local function num(value) return tonumber(value or 0) end
local function field(kind, seq) return kind .. string.format('%d', seq) end
local function remove(id, seq)
    redis.call('ZREM', P .. 'p:' .. id, seq)
    redis.call('ZREM', P .. 'due', id .. ':' .. field('', seq))
    redis.call('HDEL', P .. 'i:' .. id, field('r', seq), field('v', seq), field('p', seq))
end
local function advance(ids)
    local heads = {}
    for id, _ in pairs(ids) do
        local kept = redis.call('HMGET', P .. 'c:' .. id, 'next', 'head')
        if kept[1] then
            local first = redis.call('ZRANGE', P .. 'p:' .. id, 0, 0)[1]
            local head = first and num(first) - 1 or num(kept[1])
            if head > num(kept[2]) then redis.call('HSET', P .. 'c:' .. id, 'head', field('', head))
            else head = num(kept[2]) end
            heads[#heads + 1] = id
            heads[#heads + 1] = head
        end
    end
    return heads
end
local function clock()
    local time = redis.call('TIME')
    return num(time[1]) * 1000 + math.floor(num(time[2]) / 1000)
end
"""

IDENTITY = """
return {string.match(redis.call('INFO', 'server'), 'run_id:(%x+)'), redis.call('GET', 'parley:epoch') or '0'}
"""

INSTALL = """
local actual = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if actual ~= ARGV[2] then return redis.error_reply('FENCED') end
if tonumber(redis.call('GET', 'parley:epoch') or 0) < tonumber(ARGV[1]) then
    redis.call('SET', 'parley:epoch', ARGV[1])
end
return 1
"""

TAKEOVERS = (
    _FENCE
    + """
local out = {}
for n, id in ipairs(ask) do
    local kept = redis.call('HMGET', P .. 'c:' .. id, 'base', 'open')
    out[n] = 0
    if kept[1] then
        local planned = {}
        for _, seq in ipairs(redis.call('ZRANGE', P .. 'p:' .. id, 0, -1)) do
            if redis.call('HEXISTS', P .. 'i:' .. id, 'p' .. seq) == 1 then planned[#planned + 1] = num(seq) end
        end
        out[n] = {num(kept[1]), num(kept[2]), planned}
    end
end
return out
"""
)

PLAN = (
    _FENCE
    + """
for _, plan in ipairs(ask) do
    local id, head, base, at, verdicts = unpack(plan)
    if redis.call('EXISTS', P .. 'c:' .. id) == 0 then
        redis.call('HSET', P .. 'c:' .. id, 'next', field('', base), 'base', field('', base), 'head', field('', head),
            'at', field('', at))
        for _, verdict in ipairs(verdicts) do
            local seq, row = unpack(verdict)
            redis.call('ZADD', P .. 'p:' .. id, seq, field('', seq))
            redis.call('ZADD', P .. 'due', 0, id .. ':' .. field('', seq))
            redis.call('HSET', P .. 'i:' .. id, field('v', seq), row, field('p', seq), '1')
        end
    end
end
return 1
"""
)

OPEN = (
    _FENCE
    + """
for _, item in ipairs(ask) do
    local base = redis.call('HGET', P .. 'c:' .. item[1], 'base')
    if base and num(base) == item[2] then redis.call('HSET', P .. 'c:' .. item[1], 'open', '1') end
end
return 1
"""
)

RESERVE = (
    _FENCE
    + f"local KEYS_SECONDS = {KEYS_SECONDS}"
    + """
local since, out = clock(), {}
for n, item in ipairs(ask[2]) do
    local id, records = unpack(item)
    local kept = redis.call('HMGET', P .. 'c:' .. id, 'next', 'at', 'open')
    out[n] = 0
    if kept[3] then
        local next, at, numbers = num(kept[1]), math.max(num(kept[2]), ask[1]), {}
        for _, record in ipairs(records) do
            local known = redis.call('GET', P .. 'k:' .. record)
            if known then
                numbers[#numbers + 1] = num(known)
                numbers[#numbers + 1] = redis.call('ZSCORE', P .. 'p:' .. id, known) and 2 or 1
            else
                next = next + 1
                local seq = field('', next)
                redis.call('SET', P .. 'k:' .. record, seq, 'EX', KEYS_SECONDS)
                redis.call('ZADD', P .. 'p:' .. id, next, seq)
                redis.call('ZADD', P .. 'due', since, id .. ':' .. seq)
                redis.call('HSET', P .. 'i:' .. id, 'r' .. seq, record)
                numbers[#numbers + 1] = next
                numbers[#numbers + 1] = 4
            end
        end
        redis.call('HSET', P .. 'c:' .. id, 'next', field('', next), 'at', field('', at))
        out[n] = {at, numbers}
    end
end
return out
"""
)

SETTLE = (
    _FENCE
    + """
local done, ids = {}, {}
for n, item in ipairs(ask) do
    local id, seq, record = unpack(item)
    ids[id] = true
    done[n] = 0
    if not redis.call('ZSCORE', P .. 'p:' .. id, field('', seq)) then
        if num(redis.call('GET', P .. 'k:' .. record)) == seq then done[n] = 1 end
    elseif redis.call('HEXISTS', P .. 'i:' .. id, field('v', seq)) == 0 then
        remove(id, field('', seq))
        done[n] = 1
    end
end
return {done, advance(ids)}
"""
)

STANDINGS = (
    _FENCE
    + """
local now, out = clock(), {}
for n, place in ipairs(ask[2]) do
    local id, seq = unpack(place)
    local verdict = redis.call('HGET', P .. 'i:' .. id, field('v', seq))
    local standing = 1
    if seq > num(redis.call('HGET', P .. 'c:' .. id, 'next')) then standing = 0
    elseif redis.call('ZSCORE', P .. 'p:' .. id, field('', seq)) then
        local since = num(redis.call('ZSCORE', P .. 'due', id .. ':' .. field('', seq)))
        standing = now - since >= ask[1] and 3 or 2
    end
    out[n] = {standing, verdict or 0}
end
return out
"""
)

JUDGE = (
    _FENCE
    + """
local out = {}
for n, item in ipairs(ask) do
    local id, seq, row = unpack(item)
    out[n] = 0
    if redis.call('ZSCORE', P .. 'p:' .. id, field('', seq)) then
        redis.call('HSETNX', P .. 'i:' .. id, field('v', seq), row)
        out[n] = redis.call('HGET', P .. 'i:' .. id, field('v', seq))
    end
end
return out
"""
)

CLOSE = (
    _FENCE
    + """
local ids = {}
for _, place in ipairs(ask) do
    local id, seq = unpack(place)
    ids[id] = true
    local known = redis.call('HMGET', P .. 'i:' .. id, field('v', seq), field('r', seq))
    if known[1] and redis.call('ZSCORE', P .. 'p:' .. id, field('', seq)) then
        local is_void = string.sub(known[1], 1, 1) == 'v'
        if is_void and known[2] and num(redis.call('GET', P .. 'k:' .. known[2])) == seq then
            redis.call('DEL', P .. 'k:' .. known[2])
        end
        remove(id, field('', seq))
    end
end
return advance(ids)
"""
)

OVERDUE = (
    _FENCE
    + """
return redis.call('ZRANGE', P .. 'due', '-inf', string.format('%d', clock() - ask[1]), 'BYSCORE', 'LIMIT', 0, ask[2])
"""
)

HEADS = (
    _FENCE
    + """
local out = {}
for n, id in ipairs(ask) do out[n] = num(redis.call('HGET', P .. 'c:' .. id, 'head') or -1) end
return out
"""
)

FORGET = """
local P = 'parley:' .. (redis.call('GET', 'parley:epoch') or '0') .. ':'
for _, id in ipairs(cjson.decode(ARGV[3])) do
    for _, seq in ipairs(redis.call('ZRANGE', P .. 'p:' .. id, 0, -1)) do
        redis.call('ZREM', P .. 'due', id .. ':' .. seq)
    end
    redis.call('DEL', P .. 'c:' .. id, P .. 'p:' .. id, P .. 'i:' .. id)
end
return 1
"""
