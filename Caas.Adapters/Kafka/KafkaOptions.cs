using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Adapters.Kafka;

/// <summary>How topics are made. The clients' own settings stand where Aspire has them too: <c>Aspire:Confluent:Kafka:Producer:Config</c> and <c>…:Consumer:Config</c>.</summary>
public sealed class KafkaOptions
{
    public const string Section = "Caas:Kafka";

    /// <summary>Whether topics that are missing are made at start. Default true; with false they must be there (or the brokers must make them).</summary>
    public bool CreateTopics { get; init; } = true;

    /// <summary>How many partitions a topic gets that is made here. It cannot be changed later without disorder between old and new records of a key. Default 12.</summary>
    [Range(1, 1_000)]
    public int Partitions { get; init; } = 12;

    /// <summary>How many brokers keep a copy of a topic that is made here; -1: the brokers' default. Default -1.</summary>
    [Range(-1, 32)]
    public short ReplicationFactor { get; init; } = -1;
}

[OptionsValidator]
internal sealed partial class KafkaOptionsValidator : IValidateOptions<KafkaOptions>;
