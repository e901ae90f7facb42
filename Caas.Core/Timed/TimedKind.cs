using System.Collections.Concurrent;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Timed;

/// <summary>
/// Does what is due of one kind. Tenants take turns side by side: while one has its turn, the others' items are read without its own, so that a thousand of one tenant hold up nobody else's. What
/// cannot be done now is put off, for longer each time; only a store that cannot put it off either is waited for.
/// </summary>
internal sealed partial class TimedKind(ITimedHandler handler, ITimedStore store, FeedOptions options, TimeProvider clock, ILogger logger)
{
    /// <summary>The items of one turn, at most.</summary>
    private const int Batch = 100;

    /// <summary>Tenants whose turn it is at once, at most.</summary>
    private const int Turns = 64;

    /// <summary>Places of one tenant at once, at most.</summary>
    private const int PlacesOfATenant = 4;

    /// <summary>So many items that were put off are remembered; of more the first one's pause is the first again.</summary>
    private const int MostPutOff = 10_000;

    /// <summary>How often it is looked what is due.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FirstPutOff = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPutOff = TimeSpan.FromMinutes(5);

    private readonly Dictionary<TenantId, Task> _turns = [];
    private readonly ConcurrentDictionary<(TimedPlace Place, string Id), Backoff> _putOff = [];

    /// <summary>Works until <paramref name="cancellationToken"/> ends; then nothing is under way any more.</summary>
    public async Task WorkAsync(CancellationToken cancellationToken)
    {
        var backoff = new Backoff(options.InitialBackoff, options.MaxBackoff, clock);
        try
        {
            while (true)
            {
                try
                {
                    await EndTurnsAsync();
                    var more = _turns.Count < Turns && await BeginTurnsAsync(cancellationToken);
                    backoff.Reset();
                    if (!more)
                    {
                        await Task.WhenAny([Task.Delay(Period, clock, cancellationToken), .. _turns.Values]);
                        cancellationToken.ThrowIfCancellationRequested();
                    }
                }
                catch (StoreUnavailableException exception)
                {
                    LogUnavailable(logger, exception, handler.Kind);
                    await backoff.PauseAsync(cancellationToken);
                }
            }
        }
        finally
        {
            // They heed the token.
            await Task.WhenAll(_turns.Values).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <exception cref="StoreUnavailableException">A turn met it.</exception>
    private async Task EndTurnsAsync()
    {
        foreach (var (tenant, turn) in _turns.Where(turn => turn.Value.IsCompleted).ToArray())
        {
            _turns.Remove(tenant);
            await turn;
        }
    }

    /// <returns>Whether there may be more, of tenants whose turn it is not.</returns>
    private async Task<bool> BeginTurnsAsync(CancellationToken cancellationToken)
    {
        var due = await store.ListDueAsync(handler.Kind, _turns.Keys, clock.GetUtcNow(), Batch, cancellationToken);
        foreach (var items in due.GroupBy(item => item.Place.Tenant).Take(Turns - _turns.Count))
        {
            _turns.Add(items.Key, TakeTurnAsync([.. items], cancellationToken));
        }

        return due.Count == Batch && _turns.Count < Turns;
    }

    private async Task TakeTurnAsync(IReadOnlyList<TimedItem> items, CancellationToken cancellationToken)
    {
        await Task.Yield();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = PlacesOfATenant, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(items.GroupBy(item => item.Place), parallel, async (place, token) =>
        {
            foreach (var item in place)
            {
                await HandleAsync(item, token);
            }
        });
    }

    private async Task HandleAsync(TimedItem read, CancellationToken cancellationToken)
    {
        // The turn may have come to it late: it was taken back meanwhile, or its time was moved.
        if (await store.FindAsync(read.Place, read.Id, cancellationToken) is not { Waiting: true } item || item.DueAt > clock.GetUtcNow())
        {
            return;
        }

        try
        {
            await handler.HandleAsync(item, cancellationToken);
            _putOff.TryRemove((item.Place, item.Id), out _);
        }
        catch (Exception exception) when (exception is StoreUnavailableException || (exception as RefusedException)?.Refusal == Refusal.Unavailable)
        {
            await PutOffAsync(item, exception, cancellationToken);
        }
#pragma warning disable CA1031 // One item that cannot be done must not hold up all others: it is set aside, loudly.
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogFailed(logger, exception, item.Place.Kind, item.Id);
            await store.PutOffAsync(item.Place, item.Id, until: null, cancellationToken);
        }
    }

    /// <summary>Perhaps it is the item alone (its file is out of reach), perhaps the store: that one says so itself when it is to note the time.</summary>
    private async Task PutOffAsync(TimedItem item, Exception exception, CancellationToken cancellationToken)
    {
        if (_putOff.Count >= MostPutOff)
        {
            _putOff.Clear();
        }

        var pause = _putOff.GetOrAdd((item.Place, item.Id), _ => new(FirstPutOff, LongestPutOff, clock)).Next();
        await store.PutOffAsync(item.Place, item.Id, TimedRules.Whole(clock.GetUtcNow() + pause), cancellationToken);
        LogPutOff(logger, exception, item.Place.Kind, item.Id, pause);
    }

    [LoggerMessage(1401, LogLevel.Warning, "The store is not available; what is due ({Kind}) is done when it is.")]
    private static partial void LogUnavailable(ILogger logger, Exception exception, string kind);

    [LoggerMessage(1402, LogLevel.Error, "The {Kind} {Id} could not be handled and is set aside.")]
    private static partial void LogFailed(ILogger logger, Exception exception, string kind, string id);

    [LoggerMessage(1403, LogLevel.Warning, "The {Kind} {Id} cannot be done now and is tried again in {Pause}.")]
    private static partial void LogPutOff(ILogger logger, Exception exception, string kind, string id, TimeSpan pause);
}
