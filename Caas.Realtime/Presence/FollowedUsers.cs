using Caas.Core.Presence;
using Caas.Realtime.Connections;

namespace Caas.Realtime.Presence;

/// <summary>Whom this replica's connections follow, and what each follower was told last, so that it is told only what differs. All of it is guarded by one lock.</summary>
/// <param name="mostFollowed">By one connection.</param>
internal sealed class FollowedUsers(int mostFollowed)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(TenantId Tenant, UserId User), FollowedUser> _followed = [];
    private readonly Dictionary<RealtimeConnection, HashSet<UserId>> _following = [];

    /// <summary>Users who are followed here.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _followed.Count;
            }
        }
    }

    public FollowedUser[] All()
    {
        lock (_gate)
        {
            return [.. _followed.Values];
        }
    }

    public UserId[] FollowedBy(RealtimeConnection connection)
    {
        lock (_gate)
        {
            return _following.TryGetValue(connection, out var following) ? [.. following] : [];
        }
    }

    /// <summary>The connection follows these users too, and hears nothing of them until it is answered.</summary>
    /// <param name="subscribe">Begins to listen for one whom nobody followed here; not to do anything under the lock.</param>
    /// <exception cref="RefusedException"><c>limit_reached</c>: nothing has changed.</exception>
    public FollowedUser[] Begin(RealtimeConnection connection, IReadOnlyList<UserId> users, Func<FollowedUser, Task<IAsyncDisposable>> subscribe)
    {
        lock (_gate)
        {
            if (!_following.TryGetValue(connection, out var following))
            {
                following = [];
            }

            if (following.Count + users.Count(user => !following.Contains(user)) > mostFollowed)
            {
                throw Refusal.LimitReached.With($"A connection may follow {mostFollowed} users.");
            }

            _following[connection] = following;
            following.UnionWith(users);
            return [.. users.Select(user =>
            {
                var key = (connection.Tenant, user);
                if (!_followed.TryGetValue(key, out var followed))
                {
                    _followed.Add(key, followed = new(connection.Tenant, user));
                    followed.Subscription = subscribe(followed);
                }

                // One that followed already is answered anew: until then it hears nothing.
                followed.Followers[connection] = new();
                return followed;
            })];
        }
    }

    /// <summary>How users are, for one who follows them; from here on it is known what the connection was told.</summary>
    public PresenceState[] Answer(RealtimeConnection connection, FollowedUser[] followed, IReadOnlyList<PresenceRecord> records)
    {
        var answer = new PresenceState[followed.Length];
        lock (_gate)
        {
            for (var i = 0; i < answer.Length; i++)
            {
                followed[i].Learn(records[i], surely: false);
                answer[i] = followed[i].Latest!.For(connection.User, connection.Blocks);
                if (followed[i].Followers.TryGetValue(connection, out var follower))
                {
                    follower.Told = answer[i];
                }
            }
        }

        return answer;
    }

    /// <summary>The answer is written: from here on changes are told.</summary>
    public void GoLive(RealtimeConnection connection, IReadOnlyList<UserId> users)
    {
        lock (_gate)
        {
            foreach (var user in users)
            {
                if (_followed.TryGetValue((connection.Tenant, user), out var followed) && followed.Followers.TryGetValue(connection, out var follower) && follower.Told is not null)
                {
                    follower.IsLive = true;
                    Tell(connection, follower, followed);
                }
            }
        }
    }

    /// <summary>The connection follows these users no more.</summary>
    /// <returns>Whom nobody follows here any more.</returns>
    public List<FollowedUser> End(RealtimeConnection connection, IEnumerable<UserId> users)
    {
        var ended = new List<FollowedUser>();
        lock (_gate)
        {
            if (!_following.TryGetValue(connection, out var following))
            {
                return ended;
            }

            foreach (var user in users.Where(following.Remove))
            {
                var followed = _followed[(connection.Tenant, user)];
                followed.Followers.Remove(connection);
                if (followed.Followers.Count == 0)
                {
                    _followed.Remove((connection.Tenant, user));
                    ended.Add(followed);
                }
            }

            if (following.Count == 0)
            {
                _following.Remove(connection);
            }
        }

        return ended;
    }

    /// <summary>A user is there in another way, perhaps.</summary>
    /// <param name="surely">Also when nothing is known of the user any more.</param>
    public void Learn(FollowedUser followed, PresenceRecord record, bool surely = false)
    {
        lock (_gate)
        {
            followed.Learn(record, surely);
            foreach (var (connection, follower) in followed.Followers)
            {
                Tell(connection, follower, followed);
            }
        }
    }

    /// <summary>Whom the connection follows it may see no longer, or again.</summary>
    public void TellAnew(RealtimeConnection connection)
    {
        lock (_gate)
        {
            foreach (var user in _following.TryGetValue(connection, out var following) ? following : [])
            {
                if (_followed.TryGetValue((connection.Tenant, user), out var followed) && followed.Followers.TryGetValue(connection, out var follower))
                {
                    Tell(connection, follower, followed);
                }
            }
        }
    }

    private static void Tell(RealtimeConnection connection, Follower follower, FollowedUser followed)
    {
        if (follower.IsLive && followed.Latest?.For(connection.User, connection.Blocks) is { } state && (state.Status != follower.Told!.Status || state.Text != follower.Told.Text))
        {
            follower.Told = state;
            connection.Send(nameof(IRealtimeClient.Presence), state);
        }
    }
}

/// <summary>A user who is followed here.</summary>
internal sealed class FollowedUser(TenantId tenant, UserId user)
{
    public TenantId Tenant { get; } = tenant;

    public UserId User { get; } = user;

    public Dictionary<RealtimeConnection, Follower> Followers { get; } = [];

    public Task<IAsyncDisposable>? Subscription { get; set; }

    public PresenceRecord? Latest { get; private set; }

    /// <param name="surely">Also when nothing is known of the user any more.</param>
    public void Learn(PresenceRecord record, bool surely)
    {
        if (Latest is null || record.Version >= Latest.Version || (surely && record.Version == 0))
        {
            Latest = record;
        }
    }
}

/// <summary>A connection that follows a user.</summary>
internal sealed class Follower
{
    /// <summary>What it was told last; null: its subscription is not answered yet.</summary>
    public PresenceState? Told { get; set; }

    public bool IsLive { get; set; }
}
