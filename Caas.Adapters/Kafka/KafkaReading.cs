using System.Collections.Concurrent;
using Caas.Core.Events;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace Caas.Adapters.Kafka;

/// <summary>One client of a consumer group at work, on a thread of its own. Only that thread touches the client.</summary>
internal sealed partial class KafkaReading(KafkaClients clients, EventHandling handling, EventConsumer consumer, EventBusOptions options, ILogger logger)
{
    /// <summary>How long one read waits: within it finished work is stored and partitions with room again go on.</summary>
    private static readonly TimeSpan ReadWait = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a rebalance waits for handlers that were told to stop.</summary>
    private static readonly TimeSpan StopWait = TimeSpan.FromSeconds(3);

    private readonly Dictionary<TopicPartition, KafkaPartition> _partitions = [];
    private readonly ConcurrentQueue<KafkaPartition> _advanced = [];

    /// <summary>Reads and hands on until the token ends, then stops what runs, commits what is done and leaves the group.</summary>
    /// <exception cref="KafkaException">The client cannot go on.</exception>
    public void Run(IReadOnlyCollection<string> topics, CancellationToken stoppingToken)
    {
        using var client = clients.CreateConsumer(consumer.Group, builder => builder
            .SetPartitionsAssignedHandler((_, assigned) => Assign(assigned))
            .SetPartitionsRevokedHandler((owner, revoked) => Revoke(owner, [.. revoked.Select(offset => offset.TopicPartition)], commit: true))
            .SetPartitionsLostHandler((owner, lost) => Revoke(owner, [.. lost.Select(offset => offset.TopicPartition)], commit: false)));
        client.Subscribe(topics);
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                if (Read(client) is { } result)
                {
                    HandOn(client, result);
                }

                Store(client);
            }
        }
        finally
        {
            Revoke(client, [.. _partitions.Keys], commit: true);
            client.Close();
        }

        stoppingToken.ThrowIfCancellationRequested();
    }

    private ConsumeResult<string, byte[]>? Read(IConsumer<string, byte[]> client)
    {
        try
        {
            return client.Consume(ReadWait) is { IsPartitionEOF: false, Message: not null } result ? result : null;
        }
        catch (ConsumeException exception) when (!exception.Error.IsFatal)
        {
            // Such as a topic that is not there yet: the client goes on by itself.
            LogNotRead(exception, consumer.Group);
            return null;
        }
    }

    private void HandOn(IConsumer<string, byte[]> client, ConsumeResult<string, byte[]> result)
    {
        if (!_partitions.TryGetValue(result.TopicPartition, out var partition))
        {
            // Taken away since it was fetched.
            return;
        }

        partition.HandOn(new(result.Topic, result.Message.Key ?? string.Empty, result.Message.Value ?? []), result.Offset.Value);
        if (!partition.Paused && partition.Open >= options.Window)
        {
            partition.Paused = true;
            client.Pause([result.TopicPartition]);
        }
    }

    private void Store(IConsumer<string, byte[]> client)
    {
        while (_advanced.TryDequeue(out var partition))
        {
            if (!_partitions.TryGetValue(partition.Name, out var current) || current != partition)
            {
                continue;
            }

            if (partition.TakeProgress() is { } next)
            {
                client.StoreOffset(new TopicPartitionOffset(partition.Name, next));
            }

            if (partition.Paused && partition.Open <= options.Window / 2)
            {
                partition.Paused = false;
                client.Resume([partition.Name]);
            }
        }
    }

    private void Assign(List<TopicPartition> assigned)
    {
        foreach (var name in assigned)
        {
            _partitions[name] = new KafkaPartition(name, handling, consumer, _advanced);
        }

        LogAssigned(consumer.Group, assigned.Count);
    }

    /// <summary>Stops what runs in these partitions, and commits what is done, before another client gets them.</summary>
    private void Revoke(IConsumer<string, byte[]> client, IReadOnlyList<TopicPartition> names, bool commit)
    {
        var partitions = names.Select(name => _partitions.Remove(name, out var partition) ? partition : null).OfType<KafkaPartition>().ToArray();
#pragma warning disable VSTHRD002 // The client's callbacks are synchronous and run on this thread, which is ours alone; handlers run on the pool.
        var stopped = Task.WhenAll(partitions.Select(partition => partition.DisposeAsync().AsTask())).Wait(StopWait);
#pragma warning restore VSTHRD002
        if (!stopped)
        {
            LogNotStopped(consumer.Group, StopWait.TotalSeconds);
        }

        var done = partitions.Select(partition => (partition.Name, Next: partition.TakeProgress())).Where(done => done.Next is not null).Select(done => new TopicPartitionOffset(done.Name, done.Next!.Value)).ToArray();
        if (!commit || partitions.Length == 0)
        {
            return;
        }

        try
        {
            foreach (var offset in done)
            {
                client.StoreOffset(offset);
            }

            client.Commit();
        }
        catch (KafkaException exception) when (exception.Error.Code == ErrorCode.Local_NoOffset)
        {
            // Nothing new to commit.
        }
        catch (KafkaException exception)
        {
            // Those records are given again: at least once.
            LogNotCommitted(exception, consumer.Group);
        }
    }

    [LoggerMessage(8131, LogLevel.Debug, "Consumer group {Group} could not read for now.")]
    private partial void LogNotRead(Exception exception, string group);

    [LoggerMessage(8132, LogLevel.Information, "Consumer group {Group} was given {Count} more partitions here.")]
    private partial void LogAssigned(string group, int count);

    [LoggerMessage(8133, LogLevel.Warning, "Handlers of consumer group {Group} did not stop within {Seconds} s; their records may be handled by two processes at once.")]
    private partial void LogNotStopped(string group, double seconds);

    [LoggerMessage(8134, LogLevel.Warning, "Consumer group {Group} could not commit what it has done; it is given again.")]
    private partial void LogNotCommitted(Exception exception, string group);
}
