using Caas.Core.Events;
using Caas.Core.Feed;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Caas.Adapters.Kafka;

/// <summary>Sends events to Kafka and waits until all in-sync replicas have them.</summary>
public sealed partial class KafkaEventProducer(IProducer<string, byte[]> producer, FeedMetrics metrics, TimeProvider clock, ILogger logger) : IEventProducer
{
    private static readonly TimeSpan QueuePause = TimeSpan.FromMilliseconds(20);

    /// <inheritdoc/>
    public async Task PublishAsync(IReadOnlyList<EventRecord> records, CancellationToken cancellationToken)
    {
        var batch = new Batch(records.Count);
        foreach (var record in records)
        {
            await SendAsync(record, batch, cancellationToken);
        }

        await batch.Completed.WaitAsync(cancellationToken);
        foreach (var (record, code) in batch.Refused)
        {
            await SetAsideAsync(record, code, cancellationToken);
        }
    }

    /// <summary>Ends the client; what it had not sent is dropped, so that nothing old comes after what a successor sends.</summary>
    public async ValueTask DisposeAsync() => await Task.Run(producer.Dispose);

    private async Task SendAsync(EventRecord record, Batch batch, CancellationToken cancellationToken)
    {
        var message = new Message<string, byte[]> { Key = record.Key, Value = record.CloudEvent.ToArray() };
        while (true)
        {
            try
            {
                producer.Produce(record.Topic, message, report => batch.Done(record, report.Error));
                return;
            }
            catch (ProduceException<string, byte[]> exception) when (exception.Error.Code == ErrorCode.Local_QueueFull)
            {
                // The client holds all it may: while Kafka is away, this is where the publisher waits.
                await Task.Delay(QueuePause, clock, cancellationToken);
            }
            catch (ProduceException<string, byte[]> exception) when (IsRefusal(exception.Error.Code))
            {
                batch.Done(record, exception.Error);
                return;
            }
        }
    }

    /// <summary>A record that Kafka never takes must not hold up its tenant: it is told of among the dead letters, without its content.</summary>
    private async Task SetAsideAsync(EventRecord record, ErrorCode code, CancellationToken cancellationToken)
    {
        var id = CloudEvents.ReadId(record.CloudEvent) ?? record.Key;
        if (record.Topic == Topics.DeadLetters)
        {
            LogDropped(id, code);
            return;
        }

        metrics.DeadLettered(FeedConsumers.Publisher);
        LogRefused(id, record.Topic, code);
        await PublishAsync([CloudEvents.Write(new DeadLetter(FeedConsumers.Publisher, record.Topic, record.Key, id, string.Empty, $"Kafka refused it: {code}", clock.GetUtcNow()))], cancellationToken);
    }

    private static bool IsRefusal(ErrorCode code) => code is ErrorCode.MsgSizeTooLarge or ErrorCode.InvalidMsgSize or ErrorCode.InvalidMsg or ErrorCode.InvalidRecord or ErrorCode.RecordListTooLarge;

    [LoggerMessage(8111, LogLevel.Error, "Kafka refused event {EventId} of {Topic} for ever ({Code}); it goes to the dead letters.")]
    private partial void LogRefused(string eventId, string topic, ErrorCode code);

    [LoggerMessage(8112, LogLevel.Error, "Kafka refused dead letter {EventId} ({Code}); only this line tells of it.")]
    private partial void LogDropped(string eventId, ErrorCode code);

    /// <summary>Counts acknowledgements; the first failure that is no refusal ends the waiting.</summary>
    private sealed class Batch
    {
        private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Lock _gate = new();
        private int _left;

        public Batch(int count)
        {
            _left = count;
            if (count == 0)
            {
                _completed.SetResult();
            }
        }

        public Task Completed => _completed.Task;

        public List<(EventRecord Record, ErrorCode Code)> Refused { get; } = [];

        public void Done(EventRecord record, Error error)
        {
            if (error.IsError && !IsRefusal(error.Code))
            {
                _completed.TrySetException(new KafkaException(error));
                return;
            }

            lock (_gate)
            {
                if (error.IsError)
                {
                    Refused.Add((record, error.Code));
                }

                if (--_left > 0)
                {
                    return;
                }
            }

            _completed.TrySetResult();
        }
    }
}
