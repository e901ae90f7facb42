using Caas.Realtime.Evictions;

namespace Caas.Realtime.Delivery;

/// <summary>Reads what a conversation's feed misses from the log, once for all of its watchers, until nothing is missing. One runs at a time for each feed.</summary>
internal sealed class FeedRepair(ConversationFeed feed, FeedContext context)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>Begins to look; called under the feed's lock, and away from it at once.</summary>
    public void Begin(CancellationToken retired) => _ = RunAsync(retired);

    private async Task RunAsync(CancellationToken retired)
    {
        await Task.Yield();
        var pause = context.Hold;
        try
        {
            while (feed.FindMissing() is { } missing)
            {
                if (missing.Wait > TimeSpan.Zero)
                {
                    await Task.Delay(missing.Wait, context.Clock, retired);
                }
                else if (missing.Until - missing.After > context.MaxRepair)
                {
                    feed.GiveUp(missing.Until);
                }
                else if (await FillAsync(missing, retired))
                {
                    pause = context.Hold;
                }
                else
                {
                    // The store is gone, or does not show it yet: it stays true that it is missing.
                    await Task.Delay(pause, context.Clock, retired);
                    pause = pause < LongestPause ? pause * 2 : pause;
                }
            }
        }
        catch (OperationCanceledException) when (retired.IsCancellationRequested)
        {
            // Nobody watches any more.
        }
    }

    /// <returns>Whether there was something to read.</returns>
    private async Task<bool> FillAsync(MissingEntries missing, CancellationToken retired)
    {
        var entries = await context.ReadAsync(feed.Log, missing.After, retired);
        if (entries is null)
        {
            feed.Evict(user: null, since: null, EvictionReasons.ConversationDeleted);
            return true;
        }

        foreach (var entry in entries)
        {
            feed.Offer(LiveEntry.From(entry));
        }

        context.Metrics.HoleRead(entries.Count, missing.Silent);
        return entries.Count > 0;
    }
}

/// <param name="After">The last seq that was delivered.</param>
/// <param name="Until">The newest seq that is known to be.</param>
/// <param name="Wait">How long what is missing may still come by itself; not above zero: no longer.</param>
/// <param name="Silent">Nothing came early that would show the hole: the tail itself was lost.</param>
internal readonly record struct MissingEntries(long After, long Until, TimeSpan Wait, bool Silent);
