using Caas.Core.Blocks;
using Caas.Core.Conversations;
using Caas.Core.Feed;
using Caas.Core.Members;
using Caas.Core.Quotes;
using Caas.Core.Receipts;
using Caas.Core.Visibility;
using Caas.Realtime.Blocks;
using Caas.Realtime.Connections;

namespace Caas.Realtime.Conversations;

/// <summary>
/// Tells members who are connected here and do not watch a conversation how it stands now: at most once a second per conversation, the last state always. Each replica tells its own
/// connections, from the store's history: nothing of it depends on the backplane.
/// </summary>
internal sealed partial class ConversationUpdates(LocalConnections connections, IMemberStore members, IEntryStore entries, QuoteReader quotes, IConversationStore conversations, ConnectionBlocks connectionBlocks, UnreadCounter unreads, Viewers viewers, TimeProvider clock, ILogger<ConversationUpdates> logger) : IDisposable
{
    private const int FlushesAtOnce = 8;
    private const int MembersAtOnce = 500;

    /// <summary>Of a conversation of up to so many members all are read; of a larger one those who are connected here.</summary>
    private const int SmallConversation = 200;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan KeepMembers = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<LogId, Active> _active = [];
    private readonly SemaphoreSlim _flushing = new(FlushesAtOnce);
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>An entry of a conversation was committed. Never blocks.</summary>
    public void Notice(EntryHeader header)
    {
        if (!connections.HasUsersOf(header.Log.Tenant) || header.Type == EntryTypes.ConversationDeleted)
        {
            return;
        }

        lock (_gate)
        {
            var begins = !_active.TryGetValue(header.Log, out var active);
            if (begins)
            {
                _active.Add(header.Log, active = new(header.Log));
            }

            active!.LastSeq = Math.Max(active.LastSeq, header.Seq);
            active.Changed = active.ForAll = true;

            // Its projection follows the entry: what is read now may still be the state before it.
            active.LooksLeft = header.Type == EntryTypes.MessageCreated ? active.LooksLeft : 2;
            active.MembersLeft = header.Type.StartsWith("member.", StringComparison.Ordinal) ? 2 : active.MembersLeft;

            if (begins)
            {
                _ = RunAsync(active);
            }
        }
    }

    /// <summary>A member's cursors moved, or its own view changed: its own devices are told. Never blocks.</summary>
    /// <param name="everywhere">Those too that watch it: no entry tells them.</param>
    public void Notice(LogId log, UserId user, bool everywhere = false)
    {
        lock (_gate)
        {
            var begins = !_active.TryGetValue(log, out var active);
            if (begins)
            {
                _active.Add(log, active = new(log));
            }

            active!.Changed = true;
            active.Only.Add(user);
            if (everywhere)
            {
                active.Everywhere.Add(user);
            }

            if (begins)
            {
                _ = RunAsync(active);
            }
        }
    }

    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
        _flushing.Dispose();
    }

    private async Task RunAsync(Active active)
    {
        await Task.Yield();
        var stopping = _stopping.Token;
        try
        {
            while (TakeChange(active) is { } change)
            {
                await _flushing.WaitAsync(stopping);
                try
                {
                    await FlushAsync(active, change, stopping);
                }
#pragma warning disable CA1031 // Nobody waits for this; the state is told a period later.
                catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
                {
                    LogFailed(exception, active.Log);
                    lock (_gate)
                    {
                        active.Changed = true;
                        active.ForAll |= change.ForAll;
                        active.Only.UnionWith(change.Only);
                        active.Everywhere.UnionWith(change.Everywhere);
                    }
                }
                finally
                {
                    _flushing.Release();
                }

                await Task.Delay(Period, clock, stopping);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The host stops.
        }
    }

    /// <returns>Null: nothing has changed, and the conversation is forgotten.</returns>
    private Change? TakeChange(Active active)
    {
        lock (_gate)
        {
            if (!active.Changed)
            {
                _active.Remove(active.Log);
                return null;
            }

            var change = new Change(active.LastSeq, active.ForAll, active.Only, active.Everywhere);

            if (active.LooksLeft > 0)
            {
                active.LooksLeft--;
            }

            if (active.MembersLeft > 0)
            {
                active.MembersLeft--;
                active.Members = null;
            }

            active.Changed = active.ForAll = active.LooksLeft > 0;
            (active.Only, active.Everywhere) = ([], []);
            return change;
        }
    }

    private async Task FlushAsync(Active active, Change change, CancellationToken cancellationToken)
    {
        var log = active.Log;
        var idle = (change.ForAll ? [.. await MembersHereAsync(active, cancellationToken), .. change.Everywhere] : change.Only).Where(user => ToTell(log, user, change).Any()).Distinct().ToArray();

        // The summary before the cursors, the log before neither: what the projector has not come to is looked at.
        if (idle.Length == 0 || await conversations.FindAsync(log.Tenant, new(log.Name), cancellationToken) is not { DeletedAt: null } conversation)
        {
            return;
        }

        var tail = await entries.ReadTailAsync(log, cancellationToken);
        var lastSeq = Math.Max(change.LastSeq, tail.Seq);

        var newest = await entries.ReadMessagesAsync(log, Direction.Older, long.MaxValue, 1, cancellationToken);
        var message = newest is [var last] ? await quotes.AttachAsync(last, cancellationToken) : null;
        var newestSeen = await viewers.FindNewestAsync(Viewer.Anybody, message, cancellationToken);
        var common = newestSeen is null ? null : Viewer.Anybody.Show(newestSeen);
        HashSet<string> concerned = [.. new[] { message, newestSeen }.OfType<Entry>().SelectMany(one => new ShapedEntry(one).Concerned)];
        foreach (var chunk in idle.Chunk(MembersAtOnce))
        {
            // Read afresh: how far each has read counts now.
            var found = await members.FindManyAsync(log.Tenant, new(log.Name), chunk, cancellationToken);
            var blocksOf = new Dictionary<UserId, BlockSet>();
            foreach (var member in found)
            {
                blocksOf[member.User] = await connectionBlocks.OfAsync(log.Tenant, member.User, cancellationToken);
            }

            var counts = await unreads.CountAsync(log, tail, conversation.Summary.LastSeq, found, member => blocksOf[member.User], cancellationToken);
            foreach (var (member, unread) in found.Zip(counts))
            {
                var blocks = blocksOf[member.User];
                var lastMessage = !blocks.IsEmpty || concerned.Contains(member.User.Value) ? await viewers.ShowNewestAsync(new(member.User, blocks), message, cancellationToken) : common;
                var update = new ConversationUpdated(log.Name, lastSeq, unread, lastMessage, ConversationViews.ShapeOwn(member, lastMessage?.Seq ?? 0));
                var state = (lastSeq, unread, lastMessage?.Rev ?? 0, update.Me);
                if (active.Told.TryGetValue(member.User, out var told) && told == state)
                {
                    continue;
                }

                active.Told[member.User] = state;
                foreach (var connection in ToTell(log, member.User, change))
                {
                    connection.Send(nameof(IRealtimeClient.ConversationUpdated), update, 500 + (lastMessage?.Text?.Length ?? 0));
                }
            }
        }
    }

    private IEnumerable<RealtimeConnection> ToTell(LogId log, UserId user, Change change) =>
        connections.OfUser(log.Tenant, user).Where(connection => change.Everywhere.Contains(user) || !connection.Watches.ContainsKey(log));

    private async Task<IReadOnlyList<UserId>> MembersHereAsync(Active active, CancellationToken cancellationToken)
    {
        if (active.Members is { } known && clock.GetElapsedTime(active.MembersAt) < KeepMembers)
        {
            return known;
        }

        active.MembersAt = clock.GetTimestamp();
        var (tenant, conversation) = (active.Log.Tenant, new ConversationId(active.Log.Name));
        var all = await members.ListAsync(tenant, conversation, after: null, SmallConversation + 1, cancellationToken);
        if (all.Count <= SmallConversation)
        {
            return active.Members = [.. all.Select(member => member.User)];
        }

        // Whichever are fewer: the members are gone through, or those who are here asked for.
        var (here, local) = (new List<UserId>(), connections.UsersOf(tenant));
        if (local.Count > MembersAtOnce && await conversations.FindAsync(tenant, conversation, cancellationToken) is { } large && large.MemberCount < local.Count)
        {
            var present = local.ToHashSet();
            for (UserId? after = null; ;)
            {
                var some = await members.ListAsync(tenant, conversation, after, MembersAtOnce, cancellationToken);
                here.AddRange(some.Select(member => member.User).Where(present.Contains));
                if (some.Count < MembersAtOnce)
                {
                    return active.Members = here;
                }

                after = some[^1].User;
            }
        }

        foreach (var chunk in local.Chunk(MembersAtOnce))
        {
            here.AddRange((await members.FindManyAsync(tenant, conversation, chunk, cancellationToken)).Select(member => member.User));
        }

        return active.Members = here;
    }

    [LoggerMessage(3120, LogLevel.Warning, "Could not tell the members of {Log} how it stands; trying again.")]
    private partial void LogFailed(Exception exception, LogId log);

    private sealed record Change(long LastSeq, bool ForAll, HashSet<UserId> Only, HashSet<UserId> Everywhere);

    /// <summary>A conversation in which something happened within the last period.</summary>
    private sealed class Active(LogId log)
    {
        public LogId Log { get; } = log;

        public long LastSeq { get; set; }

        public bool Changed { get; set; }

        /// <summary>Whether it changed for all members.</summary>
        public bool ForAll { get; set; }

        /// <summary>For whom it changed beside.</summary>
        public HashSet<UserId> Only { get; set; } = [];

        /// <summary>Of these also the connections that watch it are told.</summary>
        public HashSet<UserId> Everywhere { get; set; } = [];

        /// <summary>How often what was noticed last is still to be looked at afresh.</summary>
        public int LooksLeft { get; set; }

        /// <summary>How often its members are still to be read afresh: one came or went.</summary>
        public int MembersLeft { get; set; }

        /// <summary>What each user was told last.</summary>
        public Dictionary<UserId, (long LastSeq, long Unread, long Rev, OwnMemberResponse Me)> Told { get; } = [];

        public IReadOnlyList<UserId>? Members { get; set; }

        public long MembersAt { get; set; }
    }
}
