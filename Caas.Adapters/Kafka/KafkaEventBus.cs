using Caas.Core.Events;
using Caas.Core.Feed;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Adapters.Kafka;

/// <summary>
/// The bus over Kafka: consumer groups; an offset is stored once everything before it is done. In a partition, keys go side by side, each in order.
/// What keeps failing goes to <c>internal.dlq</c>.
/// </summary>
public sealed partial class KafkaEventBus(KafkaClients clients, IEventSink sink, EventHandling handling, IOptions<EventBusOptions> options, TimeProvider clock, ILogger<KafkaEventBus> logger) : IEventBus
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>How long a host that stops waits for the client to commit and leave: without Kafka it would take much longer, and its records are given again anyway.</summary>
    private static readonly TimeSpan LeaveWait = TimeSpan.FromSeconds(4);

    /// <inheritdoc/>
    public async Task ConsumeAsync(string group, IReadOnlyCollection<string> topics, Func<EventRecord, CancellationToken, Task> handler, CancellationToken stoppingToken, IEventSieve? sieve = null)
    {
        await using var deadLetters = sink.Open();
        using var consumer = new EventConsumer(group, handler, (letter, token) => deadLetters.PublishAsync([CloudEvents.Write(letter)], token), options.Value.Parallelism);
        var backoff = new Backoff(FirstPause, LongestPause, clock);
        while (!stoppingToken.IsCancellationRequested)
        {
            var began = clock.GetTimestamp();
            try
            {
                // The client blocks the thread it is read on.
                var reading = new KafkaReading(clients, handling, consumer, options.Value, logger);
                await WithinAsync(Task.Factory.StartNew(() => reading.Run(topics, stoppingToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default), stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (TimeoutException)
            {
                LogLeft(group);
                return;
            }
            catch (KafkaException exception)
            {
                LogReplaced(exception, group);
                if (clock.GetElapsedTime(began) > LongestPause)
                {
                    backoff.Reset();
                }

                await backoff.PauseAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task WithinAsync(Task reading, CancellationToken stoppingToken)
    {
        await reading.WaitAsync(Timeout.InfiniteTimeSpan, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await reading.WaitAsync(LeaveWait, clock, CancellationToken.None);
    }

    [LoggerMessage(8121, LogLevel.Error, "The Kafka client of consumer group {Group} could not go on; another one takes its place.")]
    private partial void LogReplaced(Exception exception, string group);

    [LoggerMessage(8122, LogLevel.Warning, "Consumer group {Group} stopped without leaving Kafka: it does not answer. What was not committed is given again.")]
    private partial void LogLeft(string group);
}
