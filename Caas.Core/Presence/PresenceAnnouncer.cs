using System.Collections.Concurrent;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Json;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Presence;

/// <summary>Tells changes of presence: those who follow the user through the user's channel, the topic of presence where somebody publishes it, and the store when the user was last seen.</summary>
public sealed partial class PresenceAnnouncer(IConversationChannels channels, IPresenceStore store, PresenceOutbox outbox, PresenceMetrics metrics, ILogger<PresenceAnnouncer> logger)
{
    public const string SignalKind = "presence";

    /// <summary>What the store could not take goes with what comes next; of more users than this the rest is let go.</summary>
    private const int MostWaiting = 100_000;

    private readonly ConcurrentDictionary<(TenantId, UserId), DateTimeOffset> _unsaved = new();

    public async Task AnnounceAsync(IReadOnlyList<PresenceChange> changes, CancellationToken cancellationToken)
    {
        foreach (var change in changes)
        {
            var record = change.Record;
            metrics.Changed(change);
            var news = new PresenceNews(record.User.Value, record.Version, record.Status, record.Text, record.LastSeenAt);
            channels.Publish(LogId.OfUser(record.Tenant, record.User), ConversationSignals.Write(SignalKind, JsonSerializer.SerializeToUtf8Bytes(news, CoreJsonContext.Default.PresenceNews)));
            outbox.Offer(record);
            if (record.LastSeenAt is { } at && _unsaved.Count < MostWaiting)
            {
                _unsaved[(record.Tenant, record.User)] = at;
            }
        }

        await SaveAsync(cancellationToken);
    }

    /// <summary>Users were seen at this moment, though nothing changes for anyone: this process stops, and what it knows with it.</summary>
    public Task SeenAsync(IEnumerable<(TenantId Tenant, UserId User)> users, DateTimeOffset at, CancellationToken cancellationToken)
    {
        foreach (var user in users)
        {
            _unsaved[user] = at;
        }

        return SaveAsync(cancellationToken);
    }

    /// <summary>What another process told of a user through the user's channel.</summary>
    /// <returns>Null: it is no such thing.</returns>
    public static PresenceRecord? Read(TenantId tenant, UserId user, ReadOnlyMemory<byte> payload)
    {
        try
        {
            return ConversationSignals.TryRead(payload, out var kind, out var body) && kind == SignalKind
                && JsonSerializer.Deserialize(body.Span, CoreJsonContext.Default.PresenceNews) is { } news && news.UserId == user.Value
                ? new(tenant, user, news.Version, news.Status, news.Text, news.LastSeenAt)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task SaveAsync(CancellationToken cancellationToken)
    {
        foreach (var chunk in _unsaved.ToArray().Chunk(500))
        {
            try
            {
                await store.SaveSeenAsync([.. chunk.Select(seen => new UserSeen(seen.Key.Item1, seen.Key.Item2, seen.Value))], cancellationToken);
                foreach (var seen in chunk)
                {
                    _unsaved.TryRemove(seen);
                }
            }
            catch (StoreUnavailableException unavailable)
            {
                LogNotSaved(unavailable, _unsaved.Count);
                return;
            }
        }
    }

    [LoggerMessage(3190, LogLevel.Warning, "When {Users} users were last seen could not be stored; it is stored with what comes next.")]
    private partial void LogNotSaved(Exception exception, int users);
}

/// <summary>What stands on a user's channel.</summary>
public sealed record PresenceNews(string UserId, long Version, PresenceStatus Status, string? Text, DateTimeOffset? LastSeenAt);
