using System.Collections.Concurrent;
using System.Globalization;
using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Presence;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Caas.Adapters.Redis.Presence;

/// <summary>Presence over Redis: see <see cref="PresenceScripts"/>.</summary>
internal sealed class RedisPresenceDirectory(IConnectionMultiplexer redis, IOptions<RedisAdapterOptions> options, TimeProvider time) : IPresenceDirectory
{
    /// <summary>A script that sweeps, reads or writes more than this at once would hold up the others.</summary>
    private const int MostAtOnce = 50;

    private static readonly RedisKey[] Root = [RedisKeys.Presence];
    private readonly TimeSpan _patience = options.Value.PresencePatience;

    /// <summary>Of which replicas the last answer came through, and whether it held changes. What was in one that did not stands in the next.</summary>
    private readonly ConcurrentDictionary<string, bool> _received = new(StringComparer.Ordinal);

    public async Task<PresenceTick> TickAsync(string replica, TimeSpan lease, CancellationToken cancellationToken)
    {
        var answer = await RunAsync(PresenceScripts.Tick, [replica, TakeReceived(replica), (long)lease.TotalMilliseconds, MostAtOnce], cancellationToken);
        var changes = Changes(answer[2]);
        _received[replica] = changes.Length > 0;
        return new((long)answer[0] == 1, (long)answer[1] == 1, changes);
    }

    public async Task<IReadOnlyList<PresenceChange>?> ReportAsync(string replica, IReadOnlyList<DeviceReport> reports, CancellationToken cancellationToken)
    {
        PresenceChange[] changes = [];
        if (reports.Count == 0)
        {
            return changes;
        }

        foreach (var chunk in reports.Chunk(MostAtOnce))
        {
            RedisValue[] values = [replica, TakeReceived(replica), .. chunk.SelectMany(report => (RedisValue[])[Member(report.Tenant, report.User), DevicesOf(report.Devices), .. Of(report.Choice)])];
            var answer = await RunAsync(PresenceScripts.Report, values, cancellationToken);
            if (answer.IsNull)
            {
                return null;
            }

            // All until here: what a chunk has changed counts as received when the last one is.
            changes = Changes(answer);
        }

        _received[replica] = changes.Length > 0;
        return changes;
    }

    public async Task<PresenceChange?> ChooseAsync(TenantId tenant, UserId user, PresenceChoice choice, CancellationToken cancellationToken) =>
        Changes(await RunAsync(PresenceScripts.Choose, [Member(tenant, user), .. Of(choice)], cancellationToken)).SingleOrDefault();

    public async Task<PresenceChange?> ForgetAsync(TenantId tenant, UserId user, CancellationToken cancellationToken) =>
        Changes(await RunAsync(PresenceScripts.Forget, [Member(tenant, user)], cancellationToken)).SingleOrDefault();

    public async Task<IReadOnlyList<PresenceRecord>> ReadAsync(TenantId tenant, IReadOnlyList<UserId> users, CancellationToken cancellationToken)
    {
        var records = new List<PresenceRecord>();
        foreach (var chunk in users.Chunk(MostAtOnce))
        {
            var found = (string?[]?)await RunAsync(PresenceScripts.Read, [.. chunk.Select(user => (RedisValue)Member(tenant, user))], cancellationToken) ?? [];
            records.AddRange(chunk.Select((user, i) => Record(tenant, user, found[i * 4]!, found[(i * 4) + 1]!, found[(i * 4) + 2]!, found[(i * 4) + 3]!)));
        }

        return records;
    }

    public async Task<PresenceSummary> SummarizeAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var answer = await RunAsync(PresenceScripts.Summarize, [tenant.Value], cancellationToken);
        var (counts, day) = (Numbers(answer[0]), Numbers(answer[1]));
        long Count(PresenceStatus status) => counts.GetValueOrDefault(NameOf(status));
        var (ended, total) = (day.GetValueOrDefault("ended"), day.GetValueOrDefault("total"));
        return new(
            Count(PresenceStatus.Online), Count(PresenceStatus.Away), Count(PresenceStatus.Busy), Count(PresenceStatus.Invisible), Math.Max(day.GetValueOrDefault("peak"), counts.Values.Sum()),
            new(ended, ended == 0 ? 0 : total / (1000.0 * ended), day.GetValueOrDefault("longest") / 1000.0));
    }

    /// <returns>As the scripts want it. From now on it is open again.</returns>
    private int TakeReceived(string replica) => !_received.TryRemove(replica, out var held) ? 0 : held ? 1 : 2;

    /// <exception cref="StoreUnavailableException">Redis is gone, or too slow.</exception>
    private async Task<RedisResult> RunAsync(string script, RedisValue[] values, CancellationToken cancellationToken)
    {
        if (!redis.IsConnected)
        {
            throw new StoreUnavailableException("Redis is gone.");
        }

        try
        {
            return await redis.GetDatabase().ScriptEvaluateAsync(script, Root, values).WaitAsync(_patience, time, cancellationToken);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException)
        {
            throw new StoreUnavailableException("Redis did not keep or tell who is there.", failure);
        }
    }

    private static Dictionary<string, long> Numbers(RedisResult pairs) =>
        ((string?[]?)pairs ?? []).Chunk(2).ToDictionary(pair => pair[0]!, pair => long.Parse(pair[1]!, CultureInfo.InvariantCulture), StringComparer.Ordinal);

    private static PresenceChange[] Changes(RedisResult flat) =>
        [.. ((string?[]?)flat ?? []).Chunk(6).Select(fields =>
        {
            var member = fields[0]!.Split('/', 2);
            return new PresenceChange(Record(new(member[0]), new(member[1]), fields[1]!, fields[2]!, fields[3]!, fields[4]!), fields[5] is { Length: > 0 } session ? TimeSpan.FromMilliseconds(Number(session)) : null);
        })];

    private static PresenceRecord Record(TenantId tenant, UserId user, string version, string status, string text, string seen) =>
        new(tenant, user, Number(version), Enum.Parse<PresenceStatus>(status, ignoreCase: true), text.Length == 0 ? null : text, seen.Length == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(Number(seen)));

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static string Member(TenantId tenant, UserId user) => $"{tenant.Value}/{user.Value}";

    private static string DevicesOf(LocalPresence devices) => devices switch
    {
        LocalPresence.Active => "a",
        LocalPresence.Idle => "i",
        _ => "-",
    };

    private static RedisValue[] Of(PresenceChoice? choice) => choice is null
        ? ["", "", "", ""]
        : [NameOf(choice.Status), choice.Text ?? "", choice.ChosenAt.ToUnixTimeMilliseconds(), choice.ExpiresAt is { } end ? end.ToUnixTimeMilliseconds() : ""];

    private static string NameOf(PresenceStatus status) => status.ToString().ToLowerInvariant();
}
