using System.Text;
using Caas.Core.Feed;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Events;

/// <summary>Can never be handled, however often it is tried: goes to <c>internal.dlq</c> at once.</summary>
public sealed class UnprocessableEventException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>One consumer: who reads, what it does with a record, and where it puts those that it cannot handle.</summary>
/// <param name="Bury">Puts a dead letter where it stays; may throw, and is called again.</param>
public sealed record EventConsumer(string Group, Func<EventRecord, CancellationToken, Task> Handler, Func<DeadLetter, CancellationToken, Task> Bury, int Parallelism) : IDisposable
{
    /// <summary>What its handler need not see; null: it sees everything.</summary>
    public IEventSieve? Sieve { get; init; }

    internal SemaphoreSlim Slots { get; } = new(Parallelism);

    public void Dispose() => Slots.Dispose();
}

/// <summary>Handles one record until it is done: handled, or put aside with the reason. What both buses do with every record.</summary>
public sealed partial class EventHandling(IOptions<EventBusOptions> options, FeedMetrics metrics, TimeProvider clock, ILogger<EventHandling> logger)
{
    private const int ReasonLength = 500;
    private readonly EventBusOptions _options = options.Value;

    /// <summary>Returns when the record is handled or stands among the dead letters.</summary>
    /// <param name="fallbackId">Names a record that is no CloudEvent.</param>
    /// <exception cref="OperationCanceledException">Neither: the record is to be given again.</exception>
    public async Task HandleAsync(EventConsumer consumer, EventRecord record, string fallbackId, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(_options.InitialBackoff, _options.MaxBackoff, clock);
        while (await TryAsync(consumer, record, cancellationToken) is { } failure)
        {
            if (failure is UnprocessableEventException || backoff.Failures + 1 >= _options.Attempts)
            {
                var letter = new DeadLetter(consumer.Group, record.Topic, record.Key, CloudEvents.ReadId(record.CloudEvent) ?? fallbackId, Encoding.UTF8.GetString(record.CloudEvent.Span), ReasonOf(failure), clock.GetUtcNow());
                LogDead(failure, letter.RecordId, letter.Topic, letter.Group, backoff.Failures + 1);
                await BuryAsync(consumer, letter, cancellationToken);
                return;
            }

            metrics.Retried(consumer.Group);
            LogRetry(failure, record.Topic, record.Key, consumer.Group, backoff.Failures + 1);
            await backoff.PauseAsync(cancellationToken);
        }

        metrics.Handled(consumer.Group);
    }

    /// <summary>Puts a letter where it stays, however long that takes.</summary>
    public async Task BuryAsync(EventConsumer consumer, DeadLetter letter, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(_options.InitialBackoff, _options.MaxBackoff, clock);
        while (true)
        {
            try
            {
                await consumer.Bury(letter, cancellationToken);
                metrics.DeadLettered(consumer.Group);
                return;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw;
            }
#pragma warning disable CA1031 // A record may not be lost: whatever keeps it from being put aside, it is tried again.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogNotBuried(exception, letter.RecordId, letter.Group);
                await backoff.PauseAsync(cancellationToken);
            }
        }
    }

    private static string ReasonOf(Exception exception)
    {
        var reason = $"{exception.GetType().Name}: {exception.Message}";
        return reason.Length <= ReasonLength ? reason : reason[..ReasonLength];
    }

    private async Task<Exception?> TryAsync(EventConsumer consumer, EventRecord record, CancellationToken cancellationToken)
    {
        // Only attempts take a slot, not the pauses between them: keys that fail leave room for those that do not.
        await consumer.Slots.WaitAsync(cancellationToken);
        using var timeout = new CancellationTokenSource(_options.HandlerTimeout, clock);
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            await consumer.Handler(record, bounded.Token);
            return null;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Whatever a handler throws, its record is tried again or put aside.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return exception is OperationCanceledException && timeout.IsCancellationRequested ? new TimeoutException($"The handler took longer than {_options.HandlerTimeout}.") : exception;
        }
        finally
        {
            consumer.Slots.Release();
        }
    }

    [LoggerMessage(8051, LogLevel.Warning, "A record of {Topic} with key {Key} failed in group {Group} (attempt {Attempt}); it is tried again.")]
    private partial void LogRetry(Exception exception, string topic, string key, string group, int attempt);

    [LoggerMessage(8052, LogLevel.Error, "Event {EventId} of {Topic} could not be handled in group {Group} after {Attempts} attempts; it goes to the dead letters.")]
    private partial void LogDead(Exception exception, string eventId, string topic, string group, int attempts);

    [LoggerMessage(8053, LogLevel.Error, "Event {EventId} of group {Group} could not be put among the dead letters; it is tried again.")]
    private partial void LogNotBuried(Exception exception, string eventId, string group);
}
