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
    /// <exception cref="StoreUnavailableException">Tried again later.</exception>
    Task HandleAsync(TimedItem item, CancellationToken cancellationToken);
}

/// <summary>Does what is due, in one process at a time: the one that holds the lease. What cannot be done now is tried again.</summary>
public sealed partial class TimedWorker(ITimedStore store, IEnumerable<ITimedHandler> handlers, Election election, ILogger<TimedWorker> logger) : Elected("timed", election, logger)
{
    private const int Batch = 100;

    /// <summary>How often it looks what is due.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, ITimedHandler> _handlers = handlers.ToDictionary(handler => handler.Kind);

    /// <inheritdoc/>
    protected override async Task WorkAsync(long epoch, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(Options.InitialBackoff, Options.MaxBackoff, Clock);
        while (true)
        {
            try
            {
                var due = await store.ListDueAsync(Clock.GetUtcNow(), Batch, cancellationToken);
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
        }
#pragma warning disable CA1031 // One item that cannot be done must not hold up all others: it is set aside, loudly.
        catch (Exception exception) when (exception is not (StoreUnavailableException or OperationCanceledException))
#pragma warning restore CA1031
        {
            LogFailed(exception, item.Place.Kind, item.Id);
            await store.UpdateAsync(item with { Waiting = false }, cancellationToken);
        }
    }

    [LoggerMessage(1401, LogLevel.Warning, "The store is not available; what is due is done when it is.")]
    private partial void LogUnavailable(Exception exception);

    [LoggerMessage(1402, LogLevel.Error, "The {Kind} {Id} could not be handled and is set aside.")]
    private partial void LogFailed(Exception exception, string kind, string id);
}
