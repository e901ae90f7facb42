using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MongoDB.Driver;
using MongoDB.Driver.Core.Configuration;
using StackExchange.Redis;

namespace Caas.ServiceDefaults;

/// <summary>The clients where Aspire's packages are not to be had: the same names, the same settings (sections <c>Aspire:…</c>).</summary>
internal static partial class ClientRegistration
{
    private static void AddMongo(this IHostApplicationBuilder builder, string name) =>
        builder.Services.AddSingleton<IMongoClient>(services =>
        {
            var settings = MongoClientSettings.FromConnectionString(builder.Configuration.GetConnectionString(name));
            settings.LoggingSettings ??= new LoggingSettings(services.GetService<ILoggerFactory>());
            return new MongoClient(settings);
        });

    private static void AddRedis(this IHostApplicationBuilder builder, string name)
    {
        builder.Services.AddSingleton<IConnectionMultiplexer>(services =>
        {
            var options = ConfigurationOptions.Parse(builder.Configuration.GetConnectionString(name)!);
            var section = builder.Configuration.GetSection("Aspire:StackExchange:Redis");
            section.GetSection("ConfigurationOptions").Bind(options);
            section.GetSection($"{name}:ConfigurationOptions").Bind(options);
            RedisDefaults.Apply(options);
            options.LoggerFactory ??= services.GetService<ILoggerFactory>();
            return ConnectionMultiplexer.Connect(options);
        });
        if (builder.SendsTraces())
        {
            builder.Services.TryAddSingleton(TimeProvider.System);
            builder.Services.AddHostedService<RedisTraces>();
        }
    }

    private static void AddKafka(this IHostApplicationBuilder builder, string name) =>
        builder.Services.AddSingleton(services =>
        {
            var config = new ProducerConfig();
            var section = builder.Configuration.GetSection("Aspire:Confluent:Kafka:Producer");
            section.GetSection("Config").Bind(config);
            section.GetSection($"{name}:Config").Bind(config);
            config.BootstrapServers = builder.Configuration.GetConnectionString(name);
            Tune(config);
            var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("Confluent.Kafka");
            return new ProducerBuilder<string, byte[]>(config)
                .SetLogHandler((_, message) =>
                {
                    var level = (LogLevel)message.LevelAs(LogLevelType.MicrosoftExtensionsLogging);
                    if (logger.IsEnabled(level))
                    {
                        LogOfKafka(logger, level, message.Facility, message.Message);
                    }
                })
                .Build();
        });

    [LoggerMessage(EventId = 7101, Message = "{Facility}: {Text}")]
    private static partial void LogOfKafka(ILogger logger, LogLevel level, string facility, string text);
}
