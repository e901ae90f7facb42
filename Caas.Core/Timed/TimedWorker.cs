using Caas.Core.Feed;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Timed;

/// <summary>Does what one kind of item asks for.</summary>
public interface ITimedHandler
{
    /// <summary>The kind of <see cref="TimedPlace"/>.</summary>
    string Kind { get; }

    /// <summary>Does it, and afterwards takes the item away or marks it as done: a crash in between does it again. Called for items of different places at once, for those of one place one after the other.</summary>
    /// <exception cref="Entries.StoreUnavailableException">Tried again later; so is what is refused as <c>unavailable</c>.</exception>
    Task HandleAsync(TimedItem item, CancellationToken cancellationToken);
}

/// <summary>
/// Does what is due, in one process at a time: the one that holds the lease. Kinds go side by side, so that what waits for a mail server holds up no message; those that this version does not know
/// are left to those that do.
/// </summary>
public sealed class TimedWorker(ITimedStore store, IEnumerable<ITimedHandler> handlers, Election election, ILogger<TimedWorker> logger) : Elected("timed", election, logger)
{
    private readonly ITimedHandler[] _handlers = [.. handlers];

    /// <inheritdoc/>
    protected override async Task WorkAsync(long epoch, CancellationToken cancellationToken)
    {
        using var together = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] kinds = [.. _handlers.Select(handler => new TimedKind(handler, store, Options, Clock, logger).WorkAsync(together.Token))];
        try
        {
            await await Task.WhenAny(kinds);
        }
        finally
        {
            await together.CancelAsync();
            await Task.WhenAll(kinds).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
