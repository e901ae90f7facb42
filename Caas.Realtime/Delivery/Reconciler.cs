using Caas.Core.Delivery;
using Caas.Core.Feed;
using Caas.Core.Members;
using Caas.Realtime.Conversations;

namespace Caas.Realtime.Delivery;

/// <summary>
/// Follows what is committed to the store, from its start on. What live delivery does not bring (a lost last message shows no jump; the backplane may be gone) is noticed here and read;
/// members who do not watch are told from here too.
/// </summary>
internal sealed partial class Reconciler(IEntrySource source, IEntryStore store, IConversationChannels channels, ConversationWatchers watchers, ConversationUpdates updates, Membership membership, TimeProvider clock, ILogger<Reconciler> logger) : BackgroundService
{
    private const int Batch = 500;
    private const int TailsAtOnce = 4;
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _checking = new(1);
    private CancellationToken _stopping;
    private bool _failing;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _stopping = stoppingToken;
        channels.Reconnected += CheckAll;
        try
        {
            SourcePosition? position = null;
            while (!stoppingToken.IsCancellationRequested)
            {
                position = await FollowAsync(position, stoppingToken);
                await Task.Delay(Retry, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Normal shutdown.
        }
        finally
        {
            channels.Reconnected -= CheckAll;
        }
    }

    /// <returns>Where to go on; null: from what is committed then, after a look at every watched conversation.</returns>
    private async Task<SourcePosition?> FollowAsync(SourcePosition? position, CancellationToken stoppingToken)
    {
        try
        {
            await using var cursor = await source.OpenAsync(position, stoppingToken);
            if (position is null)
            {
                CheckAll();
            }

            while (true)
            {
                var batch = await cursor.NextAsync(Batch, Wait, stoppingToken);
                (position, _failing) = (batch.Position, false);
                foreach (var header in batch.Entries)
                {
                    Notice(header);
                }

                if (batch.Entries.Count is > 0 and < Batch)
                {
                    // What comes next is read together: live delivery does not wait for it.
                    await Task.Delay(Gather, clock, stoppingToken);
                }
            }
        }
        catch (SourcePositionLostException lost)
        {
            LogPositionLost(lost);
            return null;
        }
#pragma warning disable CA1031 // Whatever stops the source, it is opened again: live delivery must not stay without its net.
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            if (!_failing)
            {
                _failing = true;
                LogSourceFailed(exception);
            }

            return position;
        }
    }

    private void Notice(EntryHeader header)
    {
        if (header.Log.IsConversation)
        {
            if (MemberEntries.Change(header.Type))
            {
                // Nobody may watch it here, and the backplane may be gone: somebody may send all the same.
                membership.Forget(header.Log.Tenant, new(header.Log.Name), user: null, header.Seq);
            }

            watchers.Find(header.Log)?.NoticeTail(header.Seq);
            updates.Notice(header);
        }
    }

    private void CheckAll() => _ = CheckAllAsync();

    /// <summary>Compares every watched conversation with its log, a few at a time. Asked again while it runs, it runs once more.</summary>
    private async Task CheckAllAsync()
    {
        await Task.Yield();
        try
        {
            await _checking.WaitAsync(_stopping);
            try
            {
                var options = new ParallelOptions { MaxDegreeOfParallelism = TailsAtOnce, CancellationToken = _stopping };
                await Parallel.ForEachAsync(watchers.All, options, CheckAsync);
            }
            finally
            {
                _checking.Release();
            }
        }
        catch (OperationCanceledException)
        {
            // Normal shutdown.
        }
    }

    private async ValueTask CheckAsync(ConversationFeed feed, CancellationToken cancellationToken)
    {
        while (!feed.IsEmpty)
        {
            try
            {
                feed.NoticeTail((await store.ReadTailAsync(feed.Log, cancellationToken)).Seq);
                return;
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(Retry, clock, cancellationToken);
            }
        }
    }

    [LoggerMessage(3110, LogLevel.Warning, "The place in the store's history is lost; going on from now and checking every watched conversation.")]
    private partial void LogPositionLost(Exception exception);

    [LoggerMessage(3111, LogLevel.Warning, "Could not follow the store; trying again.")]
    private partial void LogSourceFailed(Exception exception);
}
