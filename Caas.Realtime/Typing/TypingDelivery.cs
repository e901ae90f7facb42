using Caas.Core.Blocks;
using Caas.Core.Typing;
using Caas.Realtime.Blocks;
using Caas.Realtime.Connections;
using Caas.Realtime.Delivery;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace Caas.Realtime.Typing;

/// <summary>Hears what conversations' channels say of typing, and tells this replica's watchers who types now: each without themselves, and only when that is another list than before.</summary>
internal sealed partial class TypingDelivery(ConversationWatchers watchers, TypingBoard board, TypingAnnouncer announcer, ConnectionBlocks blocks, ILogger<TypingDelivery> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        watchers.Signalled += OnSignal;
        watchers.Arrived += OnEntry;
        board.Changed += OnChanged;
        blocks.Changed += OnBlocksChanged;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        watchers.Signalled -= OnSignal;
        watchers.Arrived -= OnEntry;
        board.Changed -= OnChanged;
        blocks.Changed -= OnBlocksChanged;
        return Task.CompletedTask;
    }

    private void OnSignal(LogId log, string kind, ReadOnlyMemory<byte> body)
    {
        if (kind == TypingAnnouncer.SignalKind && !announcer.Receive(log, body))
        {
            LogMalformed(log, body.Length);
        }
    }

    private void OnEntry(LogId log, LiveEntry entry)
    {
        if (entry.MessageBy is { } sender)
        {
            announcer.End(log, new(sender), entry.At ?? DateTimeOffset.MaxValue, TypingEnd.Sent);
        }

        foreach (var user in entry.Departed)
        {
            announcer.End(log, new(user), entry.At ?? DateTimeOffset.MaxValue, TypingEnd.Left);
        }
    }

    private void OnChanged(TypingChange change)
    {
        if (watchers.Find(change.Log) is not { } feed)
        {
            return;
        }

        Outgoing? common = null;
        foreach (var connection in feed.LiveConnections())
        {
            var viewer = connection.User;
            if (connection.Blocks.IsEmpty && !Has(change.Before, viewer) && !Has(change.Now, viewer))
            {
                connection.Outbox.Add(common ??= Message(TypingService.View(change.Log.Name, change.Now, viewer: null, BlockSet.None)));
            }
            else if (!Others(change.Before, connection).SequenceEqual(Others(change.Now, connection)))
            {
                connection.Outbox.Add(Message(TypingService.View(change.Log.Name, change.Now, viewer, connection.Blocks)));
            }
        }
    }

    /// <summary>Whom it saw typing it may see no longer, or again.</summary>
    private void OnBlocksChanged(RealtimeConnection connection)
    {
        foreach (var log in connection.Watches.Keys)
        {
            if (board.Told(log) is { Count: > 0 } now)
            {
                connection.Outbox.Add(Message(TypingService.View(log.Name, now, connection.User, connection.Blocks)));
            }
        }
    }

    private static bool Has(IReadOnlyList<Typist> typists, UserId user) => typists.Any(typist => typist.User == user);

    /// <summary>Of those who type, whom a connection may see.</summary>
    private static IEnumerable<UserId> Others(IReadOnlyList<Typist> typists, RealtimeConnection viewer) =>
        typists.Select(typist => typist.User).Where(other => other != viewer.User && !viewer.Blocks.Between(other.Value));

    private static Outgoing Message(TypingState state) =>
        new(new SerializedHubMessage(new InvocationMessage(nameof(IRealtimeClient.Typing), [state])), 200 + (state.UserIds.Count * 40));

    [LoggerMessage(3180, LogLevel.Warning, "Dropped a signal of {Bytes} bytes on the channel of {Log}: it says nothing of typing.")]
    private partial void LogMalformed(LogId log, int bytes);
}
