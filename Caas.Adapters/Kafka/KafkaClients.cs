using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Caas.Adapters.Kafka;

/// <summary>Makes Kafka clients: what the connection string and the sections under <c>Aspire:Confluent:Kafka</c> say, and on top of it what our promises need.</summary>
public sealed partial class KafkaClients(KafkaConnection connection, ILogger<KafkaClients> logger)
{
    /// <summary>Producers that lose nothing and keep the order: idempotent, acknowledged by all in-sync replicas, and never giving up on a record by themselves.</summary>
    public IProducer<string, byte[]> CreateProducer()
    {
        var config = new ProducerConfig();
        connection.Producer?.Bind(config);
        config.BootstrapServers = connection.BootstrapServers;
        config.EnableIdempotence = true;
        config.Acks = Acks.All;

        // No limit: a record that was given up between others of its key would come after them the next time.
        config.MessageTimeoutMs = 0;

        // As Java's clients do, so that anybody's records of a key meet in one partition.
        config.Partitioner = Partitioner.Murmur2Random;
        config.LingerMs ??= 5;
        config.CompressionType ??= CompressionType.Lz4;
        config.ReconnectBackoffMaxMs ??= 2_000;
        return new ProducerBuilder<string, byte[]>(config)
            .SetLogHandler((_, message) => Log(message))
            .SetErrorHandler((_, error) => Log(error))
            .Build();
    }

    /// <summary>Consumers that commit only what was stored as done, and start with the oldest record.</summary>
    /// <param name="configure">Adds what only the caller knows, such as its rebalance handlers.</param>
    public IConsumer<string, byte[]> CreateConsumer(string group, Action<ConsumerBuilder<string, byte[]>> configure)
    {
        var config = new ConsumerConfig();
        connection.Consumer?.Bind(config);
        config.BootstrapServers = connection.BootstrapServers;
        config.GroupId = group;
        config.EnableAutoOffsetStore = false;
        config.EnableAutoCommit = true;
        config.AutoCommitIntervalMs ??= 1_000;
        config.AutoOffsetReset = AutoOffsetReset.Earliest;
        config.PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky;
        config.AllowAutoCreateTopics ??= true;

        // Topics that are made later are found within this time.
        config.TopicMetadataRefreshIntervalMs ??= 10_000;
        config.ReconnectBackoffMaxMs ??= 2_000;

        // What is under way is bounded by us; the library need not fetch far ahead of it.
        config.QueuedMaxMessagesKbytes ??= 8 * 1024;
        var builder = new ConsumerBuilder<string, byte[]>(config)
            .SetLogHandler((_, message) => Log(message))
            .SetErrorHandler((_, error) => Log(error));
        configure(builder);
        return builder.Build();
    }

    private void Log(LogMessage message) => LogLibrary(message.Facility, message.Message);

    private void Log(Error error)
    {
        if (error.IsFatal)
        {
            LogFatal(error.Code, error.Reason);
        }
        else
        {
            LogError(error.Code, error.Reason);
        }
    }

    [LoggerMessage(8101, LogLevel.Debug, "Kafka client: {Facility} {Text}")]
    private partial void LogLibrary(string facility, string text);

    [LoggerMessage(8102, LogLevel.Information, "Kafka answers with {Code}: {Reason}. The client goes on trying; nothing is lost.")]
    private partial void LogError(ErrorCode code, string reason);

    [LoggerMessage(8103, LogLevel.Error, "A Kafka client cannot go on and is replaced: {Code}: {Reason}.")]
    private partial void LogFatal(ErrorCode code, string reason);
}

/// <param name="BootstrapServers"><c>host:port,host:port</c>.</param>
/// <param name="Producer">What else producers need, by librdkafka's property names in Confluent's spelling.</param>
/// <param name="Consumer">What else consumers need.</param>
public sealed record KafkaConnection(string BootstrapServers, IConfiguration? Producer, IConfiguration? Consumer);
