using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Events;
using Caas.Core.Feed;
using Caas.Core.Members;

namespace Caas.Core.Notifications;

/// <summary>
/// Spares the notifier what it would notify nobody of: entries that never do, and messages of conversations in which everybody else is watching. That is what most messages of a lively
/// conversation are, and who watches is asked for many of them at once. In doubt the notifier decides.
/// </summary>
public sealed class NotificationSieve(IMemberStore members, IWatchDirectory watching) : IEventSieve
{
    /// <summary>In a larger conversation somebody is always away.</summary>
    private const int MostMembers = 200;
    private const int MostRosters = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<LogId, Roster> _rosters = [];

    /// <inheritdoc/>
    public async Task<IReadOnlyList<FeedItem>> KeepAsync(IReadOnlyList<FeedItem> items, CancellationToken cancellationToken)
    {
        var logs = items.Where(item => item.Entry.Log.IsConversation).GroupBy(item => item.Entry.Log).ToArray();
        var rosters = new List<Roster>();
        foreach (var log in logs)
        {
            if (await FollowAsync(log.Key, [.. log.Select(item => item.Entry)], cancellationToken) is { } roster)
            {
                rosters.Add(roster);
            }
        }

        // Asked after all of it was stored: who watches now gets it, or has it already.
        var watchers = await watching.ReadManyAsync([.. rosters.Select(roster => roster.Log)], cancellationToken);
        var away = rosters.Zip(watchers).ToDictionary(one => one.First.Log, one => one.First.Members.Where(member => !one.Second.Contains(member)).ToArray());
        return [.. items.Where(item => Happening.MayBe(item.Entry.Type) && !(item.Entry.Type == EntryTypes.MessageCreated && away.TryGetValue(item.Entry.Log, out var users) && IsOnly(users, item.Entry.ActorId)))];
    }

    private static bool IsOnly(UserId[] users, string? actor) => users.Length == 0 || (users.Length == 1 && users[0].Value == actor);

    /// <summary>Who is a member, read once and good for as long as every entry passes here and none changes it.</summary>
    /// <returns>Null: there is no message, or there are too many members.</returns>
    private async Task<Roster?> FollowAsync(LogId log, IReadOnlyList<EntryHeader> headers, CancellationToken cancellationToken)
    {
        var roster = Find(log);
        var stands = roster is not null && headers[0].Seq <= roster.Seq + 1 && !headers.Any(ChangesMembers);
        if (!headers.Any(header => header.Type == EntryTypes.MessageCreated))
        {
            Keep(log, stands ? roster! with { Seq = Math.Max(roster.Seq, headers[^1].Seq) } : null);
            return null;
        }

        // What stands in the feed is projected: this is at least as new as the last of the entries.
        UserId[] users = stands ? roster!.Members : [.. (await members.ListAsync(log.Tenant, new(log.Name), after: null, MostMembers + 1, cancellationToken)).Select(member => member.User)];
        roster = new(log, stands ? Math.Max(roster!.Seq, headers[^1].Seq) : headers[^1].Seq, users);
        Keep(log, roster);
        return users.Length <= MostMembers ? roster : null;
    }

    private static bool ChangesMembers(EntryHeader header) => header.Type is EntryTypes.MemberAdded or EntryTypes.MemberRemoved or EntryTypes.ConversationCreated or EntryTypes.ConversationDeleted;

    private Roster? Find(LogId log)
    {
        lock (_gate)
        {
            return _rosters.GetValueOrDefault(log);
        }
    }

    private void Keep(LogId log, Roster? roster)
    {
        lock (_gate)
        {
            if (roster is null)
            {
                _rosters.Remove(log);
                return;
            }

            if (_rosters.Count >= MostRosters)
            {
                _rosters.Clear();
            }

            _rosters[log] = roster;
        }
    }

    /// <param name="Seq">Every entry up to here was looked at.</param>
    /// <param name="Members">The first of them, where there are more than are kept track of.</param>
    private sealed record Roster(LogId Log, long Seq, UserId[] Members);
}
