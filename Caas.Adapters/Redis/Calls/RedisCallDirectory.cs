using System.Text;
using System.Text.Json;
using Caas.Core.Calls;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Json;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Caas.Adapters.Redis.Calls;

/// <summary>Calls over Redis: see <see cref="CallScripts"/>.</summary>
internal sealed class RedisCallDirectory(IConnectionMultiplexer redis, IOptions<RedisAdapterOptions> options, TimeProvider time) : ICallDirectory
{
    private static readonly RedisKey[] Root = [RedisKeys.Calls];
    private readonly TimeSpan _patience = options.Value.PresencePatience;

    public Task<CallWrite> TryAddAsync(CallState call, DateTimeOffset due, CancellationToken cancellationToken) => WriteAsync(call, 0, due, cancellationToken);

    public Task<CallWrite> TryReplaceAsync(CallState call, DateTimeOffset due, CancellationToken cancellationToken) => WriteAsync(call, call.Version - 1, due, cancellationToken);

    public Task<CallState?> FindAsync(CallKey call, CancellationToken cancellationToken) => RunAsync(
        async database => await database.HashGetAsync(Key($"call/{call}"), "s") is { IsNull: false } state ? JsonSerializer.Deserialize((string)state!, CoreJsonContext.Default.CallState) : null, cancellationToken);

    public Task<IReadOnlyList<long?>> ListVersionsAsync(IReadOnlyList<CallKey> calls, CancellationToken cancellationToken) => RunAsync<IReadOnlyList<long?>>(
        async database => [.. (await Task.WhenAll(calls.Select(call => database.HashGetAsync(Key($"call/{call}"), "v")))).Select(version => (long?)version)], cancellationToken);

    public Task<string?> FindInAsync(TenantId tenant, ConversationId conversation, CancellationToken cancellationToken) =>
        RunAsync(async database => (string?)await database.StringGetAsync(Key($"in/{tenant.Value}/{conversation.Value}")), cancellationToken);

    public Task<IReadOnlyList<UserCall>> OfUserAsync(TenantId tenant, UserId user, CancellationToken cancellationToken) => RunAsync<IReadOnlyList<UserCall>>(
        async database => [.. (await database.HashGetAllAsync(Key($"user/{tenant.Value}/{user.Value}"))).Select(entry => new UserCall(entry.Name.ToString(), entry.Value == "i"))], cancellationToken);

    public Task DeleteAsync(CallKey call, CancellationToken cancellationToken) => RunAsync(database => database.ScriptEvaluateAsync(CallScripts.Delete, Root, [call.Tenant.Value, call.Id]), cancellationToken);

    public Task PutOffAsync(CallKey call, DateTimeOffset due, CancellationToken cancellationToken) =>
        RunAsync(database => database.ScriptEvaluateAsync(CallScripts.PutOff, Root, [call.ToString(), due.ToUnixTimeMilliseconds()]), cancellationToken);

    public Task<IReadOnlyList<CallKey>> ListDueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) => RunAsync<IReadOnlyList<CallKey>>(
        async database => [.. (await database.SortedSetRangeByScoreAsync(Key("due"), stop: now.ToUnixTimeMilliseconds(), take: limit)).Select(member => Parse(member.ToString()))], cancellationToken);

    public Task<IReadOnlyList<(CallKey Call, string Replica)>> ListLostAsync(IReadOnlyCollection<string> living, int limit, CancellationToken cancellationToken) => RunAsync<IReadOnlyList<(CallKey, string)>>(
        async database => [.. ((string?[]?)await database.ScriptEvaluateAsync(CallScripts.Lost, Root, [limit, .. living.Select(replica => (RedisValue)replica)]) ?? []).Chunk(2).Select(pair => (Parse(pair[0]!), pair[1]!)).Distinct()],
        cancellationToken);

    public Task<IReadOnlyList<(CallKey Call, UserId User)>> ListOnAsync(string replica, CancellationToken cancellationToken) => RunAsync<IReadOnlyList<(CallKey, UserId)>>(
        async database => [.. (await database.SetMembersAsync(Key($"on/{replica}"))).Select(device => device.ToString().Split(' ')).Select(device => (Parse(device[0]), new UserId(device[1])))], cancellationToken);

    public Task<SignalRoute> RouteAsync(CallKey call, UserId from, UserId to, string signal, CancellationToken cancellationToken) => RunAsync(async database =>
    {
        RedisValue[] values = [call.ToString(), from.Value, to.Value, signal, Encoding.UTF8.GetByteCount(signal), KeptSignals.MostOfPair, KeptSignals.MostBytes];
        var answer = (string?[])(await database.ScriptEvaluateAsync(CallScripts.Route, Root, values))!;
        return new SignalRoute(Enum.Parse<SignalRouteStatus>(answer[0]!, ignoreCase: true), answer.Length > 1 ? answer[1] : null);
    }, cancellationToken);

    public Task<IReadOnlyList<string>> TakeSignalsAsync(CallKey call, UserId user, string connection, CancellationToken cancellationToken) => RunAsync<IReadOnlyList<string>>(
        async database => [.. ((string?[]?)await database.ScriptEvaluateAsync(CallScripts.Take, Root, [call.ToString(), user.Value, connection]) ?? []).Select(signal => signal!)], cancellationToken);

    private Task<CallWrite> WriteAsync(CallState call, long before, DateTimeOffset due, CancellationToken cancellationToken)
    {
        RedisValue[] values =
        [
            call.Tenant, call.Id, call.Conversation, before, JsonSerializer.Serialize(call, CoreJsonContext.Default.CallState), due.ToUnixTimeMilliseconds(), call.EndedAt is not null ? 1 : 0, call.Pretended ? 1 : 0,
            .. call.Occupied().SelectMany(place => (RedisValue[])[place.User, place.IsIn() ? "i" : "r", place.Connection ?? "", place.Replica ?? ""]),
        ];
        return RunAsync(async database =>
        {
            var answer = (string?[])(await database.ScriptEvaluateAsync(CallScripts.Write, Root, values))!;
            return new CallWrite(Enum.Parse<CallWriteStatus>(answer[0]!, ignoreCase: true), answer.Length > 1 ? answer[1] : null);
        }, cancellationToken);
    }

    /// <exception cref="StoreUnavailableException">Redis is gone, or too slow.</exception>
    private async Task<T> RunAsync<T>(Func<IDatabase, Task<T>> run, CancellationToken cancellationToken)
    {
        if (!redis.IsConnected)
        {
            throw new StoreUnavailableException("Redis is gone.");
        }

        try
        {
            return await run(redis.GetDatabase()).WaitAsync(_patience, time, cancellationToken);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            throw new StoreUnavailableException("Redis did not keep or tell which calls go on.", failure);
        }
    }

    private static RedisKey Key(string name) => Root[0].Append(name);

    private static CallKey Parse(string member) => member.Split('/', 2) is [var tenant, var id] ? new(new(tenant), id) : throw new FormatException($"{member} is no call.");
}
