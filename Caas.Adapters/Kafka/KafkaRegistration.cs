using Caas.Core.Events;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Caas.Adapters.Kafka;

public static class KafkaRegistration
{
    /// <summary>Kafka as the event bus: the publisher brings the feed there, and consumers read it there instead of the feed. May be called before or after the core's registration.</summary>
    /// <param name="connectionString"><c>host:port,host:port</c>. What else clients need stands in <c>Aspire:Confluent:Kafka:Producer:Config</c> and <c>…:Consumer:Config</c>.</param>
    public static IServiceCollection AddKafkaBus(this IServiceCollection services, string connectionString)
    {
        services.AddOptions<KafkaOptions>().BindConfiguration(KafkaOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<KafkaOptions>, KafkaOptionsValidator>());
        services.TryAddSingleton(provider =>
        {
            var section = provider.GetRequiredService<IConfiguration>().GetSection("Aspire:Confluent:Kafka");
            return new KafkaConnection(connectionString, section.GetSection("Producer:Config"), section.GetSection("Consumer:Config"));
        });
        services.TryAddSingleton<KafkaClients>();
        services.TryAddSingleton<IEventSink, KafkaEventSink>();
        services.AddHostedService<KafkaTopics>();
        services.RemoveAll<IEventBus>();
        services.AddSingleton<IEventBus, KafkaEventBus>();
        return services;
    }
}
