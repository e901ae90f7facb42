using System.Text;
using Caas.Bench.Clusters;
using Confluent.Kafka;

namespace Caas.Tests.Kafka;

/// <summary>A consumer outside the platform: takes what stands on topics, from their beginning.</summary>
internal sealed class TopicTap : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private readonly IConsumer<string, byte[]> _consumer;
    private readonly List<Tapped> _records = [];

    public TopicTap(MockKafka kafka, params IReadOnlyCollection<string> topics)
    {
        var config = new ConsumerConfig { BootstrapServers = kafka.BootstrapServers, GroupId = "tap", AutoOffsetReset = AutoOffsetReset.Earliest, SessionTimeoutMs = 6000, FetchWaitMaxMs = 10, TopicMetadataRefreshIntervalMs = 200, AllowAutoCreateTopics = true };
        _consumer = new ConsumerBuilder<string, byte[]>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        _consumer.Subscribe(topics);
    }

    /// <summary>Everything so far, each topic's keys in order.</summary>
    public IReadOnlyList<Tapped> Records => _records;

    /// <summary>Takes what has come since the last time.</summary>
    public IEnumerable<Tapped> Take()
    {
        var before = _records.Count;
        try
        {
            while (_consumer.Consume(Poll) is { } record)
            {
                _records.Add(new(record.Topic, record.Message.Key, Encoding.UTF8.GetString(record.Message.Value)));
            }
        }
        catch (ConsumeException missing) when (missing.Error.Code == ErrorCode.UnknownTopicOrPart)
        {
            // The mock makes a topic with its first record.
        }

        return _records.Skip(before);
    }

    public void Dispose()
    {
        _consumer.Close();
        _consumer.Dispose();
    }
}

/// <param name="Text">The record's value: a CloudEvent.</param>
internal sealed record Tapped(string Topic, string Key, string Text);
