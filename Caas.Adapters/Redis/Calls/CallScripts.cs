namespace Caas.Adapters.Redis.Calls;

/// <summary>
/// The steps of calls, each atomic. Keys: <c>call/{tenant}/{id}</c>: <c>s</c> the state as JSON, <c>v</c> its version, <c>n</c> the conversation, <c>e</c> 1 when it is over,
/// <c>c:{user}</c> and <c>d:{user}</c> the connection and replica of a participant's device, <c>m:{user}</c> i or r (in it, ringing), <c>o:{user}</c> the connection that gets signals directly;
/// <c>in/{tenant}/{conversation}</c> its call; <c>user/{tenant}/{user}</c> call → i or r; <c>kept/{tenant}/{id}/{to}/{from}</c> signals that wait, <c>sizes/{tenant}/{id}</c> how many bytes they
/// have, by <c>{to}/{from}</c>; <c>due</c> calls by time;
/// <c>replicas</c> those that have devices, <c>on/{replica}</c> device by call and user.
/// </summary>
internal static class CallScripts
{
    /// <summary>What all begin with: KEYS[1] is where all keys begin.</summary>
    private const string Common = """
        local root = KEYS[1]
        local function leave(replica, member, user)
            redis.call('SREM', root .. 'on/' .. replica, member .. ' ' .. user)
            if redis.call('SCARD', root .. 'on/' .. replica) == 0 then redis.call('SREM', root .. 'replicas', replica) end
        end

        """;

    /// <summary>
    /// ARGV: tenant, id, conversation, version before (0: a new call), the state, due in ms, 1 when it is over, 1 when its conversation does not know of it, then of each whom it occupies: user, i or r, connection, replica (empty: none).
    /// </summary>
    public const string Write = Common + """
        local tenant, id, conversation, before = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
        local member = tenant .. '/' .. id
        local key, place = root .. 'call/' .. member, root .. 'in/' .. tenant .. '/' .. conversation
        if before == '0' then
            local other = ARGV[8] == '0' and redis.call('GET', place)
            if other and other ~= id and redis.call('HGET', root .. 'call/' .. tenant .. '/' .. other, 'e') == '0' then return { 'taken', other } end
            if redis.call('EXISTS', key) == 1 then return { 'stale' } end
        elseif redis.call('HGET', key, 'v') ~= before then
            return { 'stale' }
        end
        for i = 9, #ARGV, 4 do
            if ARGV[i + 1] == 'i' then
                local calls = redis.call('HGETALL', root .. 'user/' .. tenant .. '/' .. ARGV[i])
                for j = 1, #calls, 2 do
                    if calls[j + 1] == 'i' and calls[j] ~= id then
                        if redis.call('EXISTS', root .. 'call/' .. tenant .. '/' .. calls[j]) == 1 then return { 'busy', ARGV[i] } end
                        redis.call('HDEL', root .. 'user/' .. tenant .. '/' .. ARGV[i], calls[j])
                    end
                end
            end
        end

        local open = {}
        local old = redis.call('HGETALL', key)
        for i = 1, #old, 2 do
            local kind, user = string.sub(old[i], 1, 2), string.sub(old[i], 3)
            if kind == 'm:' then redis.call('HDEL', root .. 'user/' .. tenant .. '/' .. user, id)
            elseif kind == 'd:' then leave(old[i + 1], member, user)
            elseif kind == 'o:' then open[user] = old[i + 1] end
        end
        local present = {}
        for i = 9, #ARGV, 4 do present[ARGV[i]] = true end
        local pairs = redis.call('HKEYS', root .. 'sizes/' .. member)
        for i = 1, #pairs do
            local to, from = string.match(pairs[i], '^([^/]+)/(.+)$')
            if not present[to] or not present[from] then
                redis.call('DEL', root .. 'kept/' .. member .. '/' .. pairs[i])
                redis.call('HDEL', root .. 'sizes/' .. member, pairs[i])
            end
        end
        redis.call('DEL', key)
        redis.call('HSET', key, 's', ARGV[5], 'v', string.format('%.0f', tonumber(before) + 1), 'n', conversation, 'e', ARGV[7])
        for i = 9, #ARGV, 4 do
            local user, mark, connection, replica = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
            redis.call('HSET', key, 'm:' .. user, mark)
            redis.call('HSET', root .. 'user/' .. tenant .. '/' .. user, id, mark)
            if connection ~= '' then
                redis.call('HSET', key, 'c:' .. user, connection, 'd:' .. user, replica)
                if open[user] == connection then redis.call('HSET', key, 'o:' .. user, connection) end
                redis.call('SADD', root .. 'on/' .. replica, member .. ' ' .. user)
                redis.call('SADD', root .. 'replicas', replica)
            end
        end
        redis.call('ZADD', root .. 'due', ARGV[6], member)
        if ARGV[7] == '0' and ARGV[8] == '0' then redis.call('SET', place, id)
        elseif redis.call('GET', place) == id then redis.call('DEL', place) end
        return { 'written' }
        """;

    /// <summary>ARGV: tenant, id.</summary>
    public const string Delete = Common + """
        local tenant, id = ARGV[1], ARGV[2]
        local member = tenant .. '/' .. id
        local key = root .. 'call/' .. member
        local old = redis.call('HGETALL', key)
        for i = 1, #old, 2 do
            local kind, user = string.sub(old[i], 1, 2), string.sub(old[i], 3)
            if kind == 'm:' then redis.call('HDEL', root .. 'user/' .. tenant .. '/' .. user, id)
            elseif kind == 'd:' then leave(old[i + 1], member, user)
            elseif old[i] == 'n' and redis.call('GET', root .. 'in/' .. tenant .. '/' .. old[i + 1]) == id then redis.call('DEL', root .. 'in/' .. tenant .. '/' .. old[i + 1]) end
        end
        local pairs = redis.call('HKEYS', root .. 'sizes/' .. member)
        for i = 1, #pairs do redis.call('DEL', root .. 'kept/' .. member .. '/' .. pairs[i]) end
        redis.call('DEL', root .. 'sizes/' .. member)
        redis.call('DEL', key)
        redis.call('ZREM', root .. 'due', member)
        return 1
        """;

    /// <summary>ARGV: the most, then the replicas that live. Answers call, replica, call, replica …</summary>
    public const string Lost = Common + """
        local living, lost, most = {}, {}, tonumber(ARGV[1]) * 2
        for i = 2, #ARGV do living[ARGV[i]] = true end
        local replicas = redis.call('SMEMBERS', root .. 'replicas')
        for i = 1, #replicas do
            if not living[replicas[i]] then
                local devices = redis.call('SMEMBERS', root .. 'on/' .. replicas[i])
                for j = 1, #devices do
                    if #lost >= most then return lost end
                    local member = string.match(devices[j], '^[^ ]+')
                    if redis.call('EXISTS', root .. 'call/' .. member) == 1 then
                        lost[#lost + 1] = member
                        lost[#lost + 1] = replicas[i]
                    else
                        redis.call('SREM', root .. 'on/' .. replicas[i], devices[j])
                    end
                end
                if redis.call('SCARD', root .. 'on/' .. replicas[i]) == 0 then redis.call('SREM', root .. 'replicas', replicas[i]) end
            end
        end
        return lost
        """;

    /// <summary>ARGV: tenant/id, when it is due.</summary>
    public const string PutOff = Common + """
        if redis.call('ZSCORE', root .. 'due', ARGV[1]) then redis.call('ZADD', root .. 'due', ARGV[2], ARGV[1]) end
        return 1
        """;

    /// <summary>ARGV: tenant/id, who says it, to whom, the signal, its bytes, the most that is kept of the two, the most bytes.</summary>
    public const string Route = Common + """
        local key, from, to = root .. 'call/' .. ARGV[1], ARGV[2], ARGV[3]
        if redis.call('EXISTS', key) == 0 then return { 'gone' } end
        local connection = redis.call('HGET', key, 'o:' .. to)
        if connection then return { 'direct', connection } end
        local sizes, pair, bytes = root .. 'sizes/' .. ARGV[1], to .. '/' .. from, tonumber(ARGV[5])
        local kept = root .. 'kept/' .. ARGV[1] .. '/' .. pair
        if redis.call('LLEN', kept) >= tonumber(ARGV[6]) then return { 'full' } end
        local all = redis.call('HVALS', sizes)
        for i = 1, #all do bytes = bytes + tonumber(all[i]) end
        if bytes > tonumber(ARGV[7]) then return { 'full' } end
        redis.call('RPUSH', kept, ARGV[4])
        redis.call('HINCRBY', sizes, pair, ARGV[5])
        redis.call('PEXPIRE', kept, 3600000)
        redis.call('PEXPIRE', sizes, 3600000)
        return { 'kept' }
        """;

    /// <summary>ARGV: tenant/id, user, connection.</summary>
    public const string Take = Common + """
        local key, sizes = root .. 'call/' .. ARGV[1], root .. 'sizes/' .. ARGV[1]
        if redis.call('HGET', key, 'c:' .. ARGV[2]) ~= ARGV[3] then return {} end
        local signals, pairs, mine = {}, redis.call('HKEYS', sizes), ARGV[2] .. '/'
        for i = 1, #pairs do
            if string.sub(pairs[i], 1, #mine) == mine then
                local said = redis.call('LRANGE', root .. 'kept/' .. ARGV[1] .. '/' .. pairs[i], 0, -1)
                for j = 1, #said do signals[#signals + 1] = said[j] end
                redis.call('DEL', root .. 'kept/' .. ARGV[1] .. '/' .. pairs[i])
                redis.call('HDEL', sizes, pairs[i])
            end
        end
        if #signals == 0 then redis.call('HSET', key, 'o:' .. ARGV[2], ARGV[3]) end
        return signals
        """;
}
