using Caas.Core.Events;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Adapters.Kafka;

/// <summary>Makes the topics that are missing, as soon as Kafka answers. Nothing waits for it: a host starts without Kafka.</summary>
public sealed partial class KafkaTopics(KafkaClients clients, IOptions<KafkaOptions> options, TimeProvider clock, ILogger<KafkaTopics> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        if (!options.Value.CreateTopics)
        {
            return;
        }

        using var producer = clients.CreateProducer();
        using var admin = new DependentAdminClientBuilder(producer.Handle).Build();
        while (!await TryCreateAsync(admin))
        {
            await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>How a topic is made here. <c>init/kafka/topics.tsv</c> makes the same ones with a retention besides.</summary>
    internal static TopicSpecification Specify(string topic, KafkaOptions options) => new()
    {
        Name = topic,
        NumPartitions = options.Partitions,
        ReplicationFactor = options.ReplicationFactor,
        Configs = topic == Topics.Presence ? new() { ["cleanup.policy"] = "compact" } : [],
    };

    private async Task<bool> TryCreateAsync(IAdminClient admin)
    {
        try
        {
            await admin.CreateTopicsAsync(Topics.All.Select(topic => Specify(topic, options.Value)), new CreateTopicsOptions { OperationTimeout = Pause, RequestTimeout = Pause });
            return true;
        }
        catch (CreateTopicsException exception) when (exception.Results.All(result => result.Error.Code is ErrorCode.NoError or ErrorCode.TopicAlreadyExists))
        {
            return true;
        }
        catch (KafkaException exception)
        {
            LogNotCreated(exception);

            // What Kafka refuses today it refuses tomorrow; that it does not answer passes.
            return exception.Error.Code is ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed or ErrorCode.UnsupportedVersion or ErrorCode.Local_UnsupportedFeature or ErrorCode.PolicyViolation;
        }
    }

    [LoggerMessage(8141, LogLevel.Warning, "The topics could not be made.")]
    private partial void LogNotCreated(Exception exception);
}
