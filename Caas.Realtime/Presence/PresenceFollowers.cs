using Caas.Core.Delivery;
using Caas.Core.Presence;
using Caas.Realtime.Blocks;
using Caas.Realtime.Connections;
using Caas.Realtime.Delivery;
using Microsoft.Extensions.Options;

namespace Caas.Realtime.Presence;

/// <summary>
/// Lets connections follow users: one channel per user who is followed here, and what may have been missed is read again. A follower gets the answer of its subscription first, then what changed
/// since (<see cref="FollowedUsers"/>).
/// </summary>
internal sealed partial class PresenceFollowers : IConnectionObserver, IHostedService, IDisposable
{
    /// <summary>A subscription does not wait longer for the backplane: what is missed meanwhile is read when it is back.</summary>
    private static readonly TimeSpan SubscribePatience = TimeSpan.FromSeconds(2);

    /// <summary>Changes wait for the answer to be written, but not for ever: a call that wants no answer gets none.</summary>
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan RefreshEvery = TimeSpan.FromMinutes(5);

    private const int ReadAtOnce = 200;

    private readonly FollowedUsers _table;
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
        (_channels, _service, _answers, _tracker, _blocks, _options, _clock, _logger, _table) = (channels, service, answers, tracker, blocks, options.Value, clock, logger, new(options.Value.MostFollowed));

    /// <summary>Users who are followed here.</summary>
    public int Count => _table.Count;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _channels.Reconnected += Refresh;
        _tracker.Lost += Refresh;
        _blocks.Changed += _table.TellAnew;
        _ = RefreshForEverAsync();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _channels.Reconnected -= Refresh;
        _tracker.Lost -= Refresh;
        _blocks.Changed -= _table.TellAnew;
        return Task.CompletedTask;
    }

    /// <summary>Follows users from now on.</summary>
    /// <returns>How they are; what changes after it follows.</returns>
    /// <exception cref="RefusedException"><c>limit_reached</c>: nothing has changed. Whatever else it fails with: none of them is followed.</exception>
    public async Task<PresenceState[]> FollowAsync(RealtimeConnection connection, IReadOnlyList<UserId> users, CancellationToken cancellationToken)
    {
        await _blocks.ReadyAsync(connection, cancellationToken);
        var followed = _table.Begin(connection, users, SubscribeAsync);
        try
        {
            await ((Task)Task.WhenAll(followed.Select(one => one.Subscription!))).WaitAsync(SubscribePatience, _clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            var records = await _service.ReadAsync(connection.Tenant, users, cancellationToken);
            var answer = _table.Answer(connection, followed, records);
            void Release() => _table.GoLive(connection, users);
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
        foreach (var ended in _table.End(connection, users))
        {
            _ = UnsubscribeAsync(ended);
        }
    }

    public void Left(RealtimeConnection connection) => Unfollow(connection, _table.FollowedBy(connection));

    public void Dispose()
    {
        // The container knows it under two names.
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _stopping.Cancel();
            _stopping.Dispose();
        }
    }

    private async Task ReleaseLaterAsync(Action release)
    {
        await Task.Delay(AnswerPatience, _clock);
        release();
    }

    private async Task<IAsyncDisposable> SubscribeAsync(FollowedUser followed)
    {
        // Away from the lock.
        await Task.Yield();
        return await _channels.SubscribeAsync(
            LogId.OfUser(followed.Tenant, followed.User),
            payload =>
            {
                if (PresenceAnnouncer.Read(followed.Tenant, followed.User, payload) is { } record)
                {
                    _table.Learn(followed, record);
                }
            },
            _stopping.Token);
    }

    private async Task UnsubscribeAsync(FollowedUser followed)
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
        try
        {
            foreach (var tenant in _table.All().GroupBy(followed => followed.Tenant))
            {
                foreach (var chunk in tenant.Chunk(ReadAtOnce))
                {
                    var records = await _service.ReadAsync(tenant.Key, [.. chunk.Select(followed => followed.User)], _stopping.Token);
                    foreach (var (followed, record) in chunk.Zip(records))
                    {
                        _table.Learn(followed, record, surely);
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
}
