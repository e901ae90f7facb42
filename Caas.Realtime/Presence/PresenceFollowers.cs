using Caas.Core.Delivery;
using Caas.Core.Presence;
using Caas.Realtime.Blocks;
using Caas.Realtime.Connections;
using Caas.Realtime.Delivery;
using Microsoft.Extensions.Options;

namespace Caas.Realtime.Presence;

/// <summary>
/// Whom this replica's connections follow: one channel per user who is followed here, and per follower what it was told last, so that it is told only what differs. A follower gets the
/// answer of its subscription first, then what changed since.
/// </summary>
internal sealed partial class PresenceFollowers : IHostedService, IDisposable
{
    /// <summary>A subscription does not wait longer for the backplane: what is missed meanwhile is read when it is back.</summary>
    private static readonly TimeSpan SubscribePatience = TimeSpan.FromSeconds(2);

    /// <summary>Changes wait for the answer to be written, but not for ever: a call that wants no answer gets none.</summary>
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan RefreshEvery = TimeSpan.FromMinutes(5);

    private const int ReadAtOnce = 200;

    private readonly Lock _gate = new();
    private readonly Dictionary<(TenantId Tenant, UserId User), Followed> _followed = [];
    private readonly Dictionary<RealtimeConnection, HashSet<UserId>> _following = [];
    private readonly IConversationChannels _channels;
    private readonly PresenceService _service;
    private readonly JoinAnswers _answers;
    private readonly PresenceTracker _tracker;
    private readonly ConnectionBlocks _blocks;
    private readonly PresenceOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<PresenceFollowers> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private int _refreshing;
    private int _disposed;

    public PresenceFollowers(IConversationChannels channels, PresenceService service, JoinAnswers answers, PresenceTracker tracker, ConnectionBlocks blocks, IOptions<PresenceOptions> options, TimeProvider clock, ILogger<PresenceFollowers> logger) =>
        (_channels, _service, _answers, _tracker, _blocks, _options, _clock, _logger) = (channels, service, answers, tracker, blocks, options.Value, clock, logger);

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

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _channels.Reconnected += Refresh;
        _tracker.Lost += Refresh;
        _blocks.Changed += TellAnew;
        _ = RefreshForEverAsync();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _channels.Reconnected -= Refresh;
        _tracker.Lost -= Refresh;
        _blocks.Changed -= TellAnew;
        return Task.CompletedTask;
    }

    /// <summary>Follows users from now on.</summary>
    /// <returns>How they are; what changes after it follows.</returns>
    /// <exception cref="RefusedException"><c>limit_reached</c>: nothing has changed. Whatever else it fails with: none of them is followed.</exception>
    public async Task<PresenceState[]> FollowAsync(RealtimeConnection connection, IReadOnlyList<UserId> users, CancellationToken cancellationToken)
    {
        await _blocks.ReadyAsync(connection, cancellationToken);
        var followed = Begin(connection, users);
        try
        {
            await ((Task)Task.WhenAll(followed.Select(one => one.Subscription!))).WaitAsync(SubscribePatience, _clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            var records = await _service.ReadAsync(connection.Tenant, users, cancellationToken);
            var answer = new PresenceState[users.Count];
            lock (_gate)
            {
                for (var i = 0; i < answer.Length; i++)
                {
                    followed[i].Learn(records[i]);
                    answer[i] = followed[i].Latest!.For(connection.User, connection.Blocks);
                    if (followed[i].Followers.TryGetValue(connection, out var follower))
                    {
                        follower.Told = answer[i];
                    }
                }
            }

            void Release() => GoLive(connection, users);
            _answers.OnWritten(answer, Release);
            _ = ReleaseLaterAsync(Release);
            return answer;
        }
        catch
        {
            Unfollow(connection, users);
            throw;
        }
    }

    /// <summary>Follows users no more. Whom it does not follow changes nothing.</summary>
    public void Unfollow(RealtimeConnection connection, IEnumerable<UserId> users)
    {
        foreach (var user in users)
        {
            Followed? ended = null;
            lock (_gate)
            {
                if (_following.TryGetValue(connection, out var following) && following.Remove(user))
                {
                    if (following.Count == 0)
                    {
                        _following.Remove(connection);
                    }

                    var followed = _followed[(connection.Tenant, user)];
                    followed.Followers.Remove(connection);
                    if (followed.Followers.Count == 0)
                    {
                        _followed.Remove((connection.Tenant, user));
                        ended = followed;
                    }
                }
            }

            if (ended is not null)
            {
                _ = UnsubscribeAsync(ended);
            }
        }
    }

    /// <summary>The connection is gone.</summary>
    public void Leave(RealtimeConnection connection)
    {
        UserId[] users;
        lock (_gate)
        {
            users = _following.TryGetValue(connection, out var following) ? [.. following] : [];
        }

        Unfollow(connection, users);
    }

    public void Dispose()
    {
        // The container knows it under two names.
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _stopping.Cancel();
            _stopping.Dispose();
        }
    }

    private Followed[] Begin(RealtimeConnection connection, IReadOnlyList<UserId> users)
    {
        lock (_gate)
        {
            if (!_following.TryGetValue(connection, out var following))
            {
                following = [];
            }

            if (following.Count + users.Count(user => !following.Contains(user)) > _options.MostFollowed)
            {
                throw Refusal.LimitReached.With($"A connection may follow {_options.MostFollowed} users.");
            }

            _following[connection] = following;
            following.UnionWith(users);
            return [.. users.Select(user =>
            {
                var key = (connection.Tenant, user);
                if (!_followed.TryGetValue(key, out var followed))
                {
                    _followed.Add(key, followed = new(connection.Tenant, user));
                    followed.Subscription = SubscribeAsync(followed);
                }

                // One that followed already is answered anew: until then it hears nothing.
                followed.Followers[connection] = new();
                return followed;
            })];
        }
    }

    private void GoLive(RealtimeConnection connection, IReadOnlyList<UserId> users)
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

    private async Task ReleaseLaterAsync(Action release)
    {
        await Task.Delay(AnswerPatience, _clock);
        release();
    }

    private async Task<IAsyncDisposable> SubscribeAsync(Followed followed)
    {
        // Away from the lock.
        await Task.Yield();
        return await _channels.SubscribeAsync(
            LogId.OfUser(followed.Tenant, followed.User),
            payload =>
            {
                if (PresenceAnnouncer.Read(followed.Tenant, followed.User, payload) is { } record)
                {
                    Learn(followed, record);
                }
            },
            _stopping.Token);
    }

    private void Learn(Followed followed, PresenceRecord record, bool surely = false)
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
    private void TellAnew(RealtimeConnection connection)
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

    private static void Tell(RealtimeConnection connection, Follower follower, Followed followed)
    {
        if (follower.IsLive && followed.Latest?.For(connection.User, connection.Blocks) is { } state && (state.Status != follower.Told!.Status || state.Text != follower.Told.Text))
        {
            follower.Told = state;
            connection.Send(nameof(IRealtimeClient.Presence), state);
        }
    }

    private async Task UnsubscribeAsync(Followed followed)
    {
        try
        {
            await using var subscription = await followed.Subscription!;
        }
#pragma warning disable CA1031 // Nobody waits for this, and nothing more is done with the subscription.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogUnsubscribeFailed(exception);
        }
    }

    private void Refresh()
    {
        if (Interlocked.Exchange(ref _refreshing, 1) == 0)
        {
            _ = RefreshAsync();
        }
    }

    /// <summary>
    /// Reads what may have been missed: at once what is newer, and everything once all replicas have had the time to write their devices again. Until then nobody is told that somebody is
    /// gone who was only forgotten.
    /// </summary>
    private async Task RefreshAsync()
    {
        try
        {
            await ReadAllAsync(surely: false);
            await Task.Delay(_options.Lease, _clock, _stopping.Token);
            Volatile.Write(ref _refreshing, 0);
            while (!await ReadAllAsync(surely: true))
            {
                await Task.Delay(_options.Period, _clock, _stopping.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The host stops.
        }
    }

    /// <summary>A change whose teller died before it told it is found here at last.</summary>
    private async Task RefreshForEverAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(RefreshEvery, _clock, _stopping.Token);
                await ReadAllAsync(surely: true);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The host stops.
        }
    }

    private async Task<bool> ReadAllAsync(bool surely)
    {
        Followed[] all;
        lock (_gate)
        {
            all = [.. _followed.Values];
        }

        try
        {
            foreach (var tenant in all.GroupBy(followed => followed.Tenant))
            {
                foreach (var chunk in tenant.Chunk(ReadAtOnce))
                {
                    var records = await _service.ReadAsync(tenant.Key, [.. chunk.Select(followed => followed.User)], _stopping.Token);
                    foreach (var (followed, record) in chunk.Zip(records))
                    {
                        Learn(followed, record, surely);
                    }
                }
            }

            return true;
        }
        catch (StoreUnavailableException unavailable)
        {
            LogNotRefreshed(unavailable);
            return false;
        }
    }

    [LoggerMessage(3193, LogLevel.Debug, "Could not unsubscribe from the channel of a user.")]
    private partial void LogUnsubscribeFailed(Exception exception);

    [LoggerMessage(3194, LogLevel.Warning, "Could not read who is there; trying again.")]
    private partial void LogNotRefreshed(Exception exception);

    /// <summary>A user who is followed here. Guarded by the lock of all.</summary>
    private sealed class Followed(TenantId tenant, UserId user)
    {
        public TenantId Tenant { get; } = tenant;

        public UserId User { get; } = user;

        public Dictionary<RealtimeConnection, Follower> Followers { get; } = [];

        public Task<IAsyncDisposable>? Subscription { get; set; }

        public PresenceRecord? Latest { get; private set; }

        /// <param name="surely">Also when nothing is known of the user any more.</param>
        public void Learn(PresenceRecord record, bool surely = false)
        {
            if (Latest is null || record.Version >= Latest.Version || (surely && record.Version == 0))
            {
                Latest = record;
            }
        }
    }

    private sealed class Follower
    {
        /// <summary>What it was told last; null: its subscription is not answered yet.</summary>
        public PresenceState? Told { get; set; }

        public bool IsLive { get; set; }
    }
}
