using Microsoft.Extensions.Hosting;

namespace Caas.ServiceDefaults;

/// <summary>The clients through Aspire's integrations. Health checks are ours in both builds, so that <c>/health</c> reads the same.</summary>
internal static partial class ClientRegistration
{
    private static void AddMongo(this IHostApplicationBuilder builder, string name) =>
        builder.AddMongoDBClient(name, settings => settings.DisableHealthChecks = true);

    private static void AddRedis(this IHostApplicationBuilder builder, string name) =>
        builder.AddRedisClient(name, settings => settings.DisableHealthChecks = true, RedisDefaults.Apply);

    private static void AddKafka(this IHostApplicationBuilder builder, string name) =>
        builder.AddKafkaProducer<string, byte[]>(name, settings =>
        {
            settings.DisableHealthChecks = true;
            Tune(settings.Config);
        });
}
