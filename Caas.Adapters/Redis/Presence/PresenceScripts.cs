namespace Caas.Adapters.Redis.Presence;

/// <summary>
/// The steps of presence, each atomic. Times are Redis' own, in ms. Keys:
/// <c>leases</c> replica → end (0: being claimed); <c>expiries</c> user → end of the choice; <c>of/{replica}</c> its users;
/// <c>user/{tenant}/{user}</c>: <c>r:{replica}</c> a or i (active, idle), <c>s t c x</c> the choice (status, text, chosen at, ends at), <c>f ft v</c> what was told last and its version,
/// <c>l</c> last seen, <c>b</c> begin of the session; <c>told/{replica}</c> what it was answered and may not have received; <c>counts/{tenant}</c> users by status; <c>day/{tenant}/{day}</c> peak and sessions.
/// </summary>
internal static class PresenceScripts
{
    /// <summary>What all begin with: KEYS[1] is where all keys begin.</summary>
    private const string Common = """
        local root = KEYS[1]
        local t = redis.call('TIME')
        local now = tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
        local micros = tonumber(t[1]) * 1000000 + tonumber(t[2])
        local function text(number) return string.format('%.0f', number) end
        local leases = {}
        local held = redis.call('HGETALL', root .. 'leases')
        for i = 1, #held, 2 do leases[held[i]] = tonumber(held[i + 1]) end

        local function status_of(member)
            local all = redis.call('HGETALL', root .. 'user/' .. member)
            local h, active, idle, devices = {}, false, false, false
            for i = 1, #all, 2 do
                h[all[i]] = all[i + 1]
                if string.sub(all[i], 1, 2) == 'r:' then
                    devices = true
                    local ends = leases[string.sub(all[i], 3)]
                    if ends and ends > now then
                        if all[i + 1] == 'a' then active = true else idle = true end
                    end
                end
            end
            local choice, said = h.s, h.t or ''
            if choice and h.x and tonumber(h.x) <= now then choice, said = nil, '' end
            local hides = choice == 'invisible' or choice == 'offline'
            local status = 'online'
            if not active and not idle then
                status = 'offline'
                if hides then said = '' end
            elseif hides then status = 'invisible'
            elseif choice == 'away' or not active then status = 'away'
            elseif choice == 'busy' then status = 'busy' end
            return status, said, h, devices
        end

        """;

    /// <summary>Compares with what was told last, and writes what changed: the user's version, the tenant's figures, when the user was seen.</summary>
    private const string Fold = """
        local changes = {}
        local visible = { online = true, away = true, busy = true }
        local function fold(member, seen)
            local key = root .. 'user/' .. member
            local status, said, h, devices = status_of(member)
            local before = h.f or 'offline'
            if h.s and h.x and tonumber(h.x) <= now then
                redis.call('HDEL', key, 's', 't', 'x')
                h.s = nil
            end
            if status ~= before or said ~= (h.ft or '') then
                local v = micros
                if h.v and tonumber(h.v) >= v then v = tonumber(h.v) + 1 end
                redis.call('HSET', key, 'f', status, 'ft', said, 'v', text(v))
                local session = ''
                if status ~= before then
                    local tenant = string.match(member, '^[^/]+')
                    local counts, day = root .. 'counts/' .. tenant, root .. 'day/' .. tenant .. '/' .. text(math.floor(now / 86400000))
                    if before ~= 'offline' then redis.call('HINCRBY', counts, before, -1) end
                    if status ~= 'offline' then redis.call('HINCRBY', counts, status, 1) end
                    if (visible[before] or false) ~= (visible[status] or false) then
                        h.l = text(seen)
                        redis.call('HSET', key, 'l', h.l)
                    end
                    if before == 'offline' then
                        redis.call('HSET', key, 'b', text(now))
                        local all, present = redis.call('HVALS', counts), 0
                        for i = 1, #all do present = present + tonumber(all[i]) end
                        if present > tonumber(redis.call('HGET', day, 'peak') or '0') then redis.call('HSET', day, 'peak', text(present)) end
                        redis.call('PEXPIRE', day, '172800000')
                    elseif status == 'offline' then
                        local length = 0
                        if h.b and seen > tonumber(h.b) then length = seen - tonumber(h.b) end
                        session = text(length)
                        redis.call('HINCRBY', day, 'ended', 1)
                        redis.call('HINCRBY', day, 'total', session)
                        if length > tonumber(redis.call('HGET', day, 'longest') or '0') then redis.call('HSET', day, 'longest', session) end
                        redis.call('PEXPIRE', day, '172800000')
                    end
                end
                local n = #changes
                changes[n + 1], changes[n + 2], changes[n + 3], changes[n + 4], changes[n + 5], changes[n + 6] = member, text(v), status, said, h.l or '', session
            end
            if devices then redis.call('PERSIST', key)
            elseif h.s then redis.call('PEXPIRE', key, h.x and text(tonumber(h.x) - now + 1) or '2592000000')
            else redis.call('PEXPIRE', key, '3600000') end
        end
        local function tell(replica, received)
            local key = root .. 'told/' .. replica
            if received == '1' then redis.call('DEL', key) end
            if #changes > 0 then
                redis.call('RPUSH', key, (unpack or table.unpack)(changes))
                redis.call('PEXPIRE', key, '3600000')
            end
            if received ~= '0' then return changes end
            return redis.call('LRANGE', key, 0, -1)
        end
        local function choose(member, status, said, chosen, ends)
            local key = root .. 'user/' .. member
            local known = redis.call('HGET', key, 'c')
            if known and tonumber(known) > tonumber(chosen) then return end
            redis.call('HDEL', key, 's', 't', 'x')
            redis.call('HSET', key, 's', status, 't', said, 'c', chosen)
            if ends ~= '' then
                redis.call('HSET', key, 'x', ends)
                redis.call('ZADD', root .. 'expiries', ends, member)
            else
                redis.call('ZREM', root .. 'expiries', member)
            end
        end

        """;

    /// <summary>ARGV: replica, whether it has received the last answer (0: perhaps not; 1: with changes; 2: without), lease, the most to sweep. Of a dead replica the lease becomes 0 before the first of its users is taken: should it live, it learns that it must write them again.</summary>
    public const string Tick = Common + Fold + """
        local replica, lease, most = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4])
        local renewed = leases[replica] and leases[replica] > 0
        leases[replica] = now + lease
        redis.call('HSET', root .. 'leases', replica, text(now + lease))
        local left = most
        for dead, ends in pairs(leases) do
            if ends <= now and left > 0 then
                if ends > 0 then redis.call('HSET', root .. 'leases', dead, '0') redis.call('HSET', root .. 'ends', dead, text(ends)) end
                local seen = tonumber(redis.call('HGET', root .. 'ends', dead) or text(now)) - lease
                local users = redis.call('SPOP', root .. 'of/' .. dead, left)
                for i = 1, #users do
                    redis.call('HDEL', root .. 'user/' .. users[i], 'r:' .. dead)
                    fold(users[i], seen)
                end
                left = left - #users
                if left > 0 then redis.call('HDEL', root .. 'leases', dead) redis.call('HDEL', root .. 'ends', dead) end
            end
        end
        if left > 0 then
            local due = redis.call('ZRANGEBYSCORE', root .. 'expiries', '-inf', text(now), 'LIMIT', 0, left)
            for i = 1, #due do
                redis.call('ZREM', root .. 'expiries', due[i])
                fold(due[i], now)
            end
            left = left - #due
        end
        return { renewed and 1 or 0, left > 0 and 0 or 1, tell(replica, ARGV[2]) }
        """;

    /// <summary>ARGV: replica, whether it has received the last answer (as in <see cref="Tick"/>), then of each user: tenant/user, a, i or - (active, idle, none), and of the choice status (empty: none is known), text, chosen at, ends at.</summary>
    public const string Report = Common + Fold + """
        local replica = ARGV[1]
        if not leases[replica] or leases[replica] == 0 then return false end
        for i = 3, #ARGV, 6 do
            local member, devices = ARGV[i], ARGV[i + 1]
            local key = root .. 'user/' .. member
            if devices == '-' then
                redis.call('HDEL', key, 'r:' .. replica)
                redis.call('SREM', root .. 'of/' .. replica, member)
            else
                redis.call('HSET', key, 'r:' .. replica, devices)
                redis.call('SADD', root .. 'of/' .. replica, member)
            end
            if ARGV[i + 2] ~= '' then choose(member, ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5]) end
            fold(member, now)
        end
        return tell(replica, ARGV[2])
        """;

    /// <summary>ARGV: tenant/user and the choice, as in <see cref="Report"/>.</summary>
    public const string Choose = Common + Fold + """
        choose(ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5])
        fold(ARGV[1], now)
        return changes
        """;

    /// <summary>ARGV: tenant/user. Where a device is connected, what shows it stays until it has gone.</summary>
    public const string Forget = Common + Fold + """
        local key = root .. 'user/' .. ARGV[1]
        redis.call('HDEL', key, 's', 't', 'c', 'x')
        redis.call('ZREM', root .. 'expiries', ARGV[1])
        fold(ARGV[1], now)
        local _, _, _, devices = status_of(ARGV[1])
        if not devices then redis.call('DEL', key) end
        return changes
        """;

    /// <summary>ARGV: tenant/user of each; answers version, status, text and last seen of each.</summary>
    public const string Read = Common + """
        local found = {}
        for i = 1, #ARGV do
            local status, said, h = status_of(ARGV[i])
            local n = #found
            found[n + 1], found[n + 2], found[n + 3], found[n + 4] = h.v or '0', status, said, h.l or ''
        end
        return found
        """;

    /// <summary>ARGV: tenant; answers the counts and the day as pairs.</summary>
    public const string Summarize = Common + """
        return { redis.call('HGETALL', root .. 'counts/' .. ARGV[1]), redis.call('HGETALL', root .. 'day/' .. ARGV[1] .. '/' .. text(math.floor(now / 86400000))) }
        """;
}
