using Caas.Core.Entries;
using Caas.Core.Feed;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Timed;

/// <summary>Does what one kind of item asks for.</summary>
public interface ITimedHandler
{
    /// <summary>The kind of <see cref="TimedPlace"/>.</summary>
    string Kind { get; }

    /// <summary>Does it, and afterwards takes the item away or marks it as done: a crash in between does it again.</summary>
    /// <exception cref="StoreUnavailableException">Tried again later; so is what is refused as <c>unavailable</c>.</exception>
    Task HandleAsync(TimedItem item, CancellationToken cancellationToken);
}

/// <summary>
/// Does what is due, in one process at a time: the one that holds the lease. What cannot be done now is put off, for longer each time, and holds up no other; only a store that cannot put it off
/// either is waited for. Kinds that this version does not know are left to those that do.
/// </summary>
public sealed partial class TimedWorker(ITimedStore store, IEnumerable<ITimedHandler> handlers, Election election, ILogger<TimedWorker> logger) : Elected("timed", election, logger)
{
    private const int Batch = 100;

    /// <summary>How often it looks what is due.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FirstPutOff = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPutOff = TimeSpan.FromMinutes(5);

    /// <summary>So many items that were put off are remembered; of more the first one's pause is the first again.</summary>
    private const int MostPutOff = 10_000;

    private readonly Dictionary<(TimedPlace Place, string Id), Backoff> _putOff = [];
    private readonly Dictionary<string, ITimedHandler> _handlers = handlers.ToDictionary(handler => handler.Kind);

    /// <inheritdoc/>
    protected override async Task WorkAsync(long epoch, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(Options.InitialBackoff, Options.MaxBackoff, Clock);
        while (true)
        {
            try
            {
                var due = await store.ListDueAsync(_handlers.Keys, Clock.GetUtcNow(), Batch, cancellationToken);
                foreach (var item in due)
                {
                    await HandleAsync(item, cancellationToken);
                }

                backoff.Reset();
                if (due.Count < Batch)
                {
                    await Task.Delay(Period, Clock, cancellationToken);
                }
            }
            catch (StoreUnavailableException exception)
            {
                LogUnavailable(exception);
                await backoff.PauseAsync(cancellationToken);
            }
        }
    }

    private async Task HandleAsync(TimedItem item, CancellationToken cancellationToken)
    {
        try
        {
            await _handlers[item.Place.Kind].HandleAsync(item, cancellationToken);
            _putOff.Remove((item.Place, item.Id));
        }
        catch (Exception exception) when (exception is StoreUnavailableException || (exception as RefusedException)?.Refusal == Refusal.Unavailable)
        {
            await PutOffAsync(item, exception, cancellationToken);
        }
#pragma warning disable CA1031 // One item that cannot be done must not hold up all others: it is set aside, loudly.
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            LogFailed(exception, item.Place.Kind, item.Id);
            await store.UpdateAsync(item with { Waiting = false }, cancellationToken);
        }
    }

    /// <summary>Perhaps it is the item alone (its file is out of reach), perhaps the store: that one says so itself when it is to note the time.</summary>
    private async Task PutOffAsync(TimedItem item, Exception exception, CancellationToken cancellationToken)
    {
        if (_putOff.Count >= MostPutOff)
        {
            _putOff.Clear();
        }

        if (!_putOff.TryGetValue((item.Place, item.Id), out var backoff))
        {
            _putOff.Add((item.Place, item.Id), backoff = new(FirstPutOff, LongestPutOff, Clock));
        }

        var pause = backoff.Next();
        await store.UpdateAsync(item with { DueAt = TimedRules.Whole(Clock.GetUtcNow() + pause) }, cancellationToken);
        LogPutOff(exception, item.Place.Kind, item.Id, pause);
    }

    [LoggerMessage(1401, LogLevel.Warning, "The store is not available; what is due is done when it is.")]
    private partial void LogUnavailable(Exception exception);

    [LoggerMessage(1402, LogLevel.Error, "The {Kind} {Id} could not be handled and is set aside.")]
    private partial void LogFailed(Exception exception, string kind, string id);

    [LoggerMessage(1403, LogLevel.Warning, "The {Kind} {Id} cannot be done now and is tried again in {Pause}.")]
    private partial void LogPutOff(Exception exception, string kind, string id, TimeSpan pause);
}
