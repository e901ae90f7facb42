using Caas.Adapters.Files;
using Caas.Adapters.Kafka;
using Caas.Adapters.Links;
using Caas.Adapters.Mail;
using Caas.Adapters.MongoDb;
using Caas.Adapters.Push;
using Caas.Adapters.Redis;
using Caas.Adapters.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Caas.Adapters;

/// <summary>What stands behind the core's ports, by the connection strings.</summary>
public static class AdapterSelection
{
    /// <summary>
    /// The store by <c>caasdb</c> (<c>mongodb://…</c>, <c>mongodb+srv://…</c> or <c>Data Source=…</c>), live delivery and shared limits by <c>redis</c>,
    /// files by <c>Caas:Attachments</c>, the event bus by <c>kafka</c> (absent: consumers read the store's feed).
    /// Call it behind <c>AddServiceDefaults()</c>, which registers the clients.
    /// </summary>
    /// <exception cref="AdapterSelectionException">The first or the second is not configured, or names a store that is not known.</exception>
    public static TBuilder AddCaasAdapters<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.AddStores(Require(builder.Configuration, "caasdb", "mongodb://localhost:27017/caas or Data Source=caas.db"));
        Require(builder.Configuration, "redis", "localhost:6379");
        builder.Services.AddRedisAdapters();
        builder.Services.AddAttachmentFiles().AddLinkReader().AddPushProviders().AddSmtpMail();
        if (builder.Configuration.GetConnectionString("kafka") is { } kafka && !string.IsNullOrWhiteSpace(kafka))
        {
            builder.Services.AddKafkaBus(kafka);
        }

        return builder;
    }

    /// <summary>One sentence for an exception of the adapters that keeps a host from starting; null: it is none of theirs.</summary>
    public static string? Explain(Exception exception) => exception is AdapterSelectionException or DatabaseOpenException ? exception.Message : null;

    private static void AddStores(this IHostApplicationBuilder builder, string store)
    {
        if (store.StartsWith("mongodb://", StringComparison.OrdinalIgnoreCase) || store.StartsWith("mongodb+srv://", StringComparison.OrdinalIgnoreCase))
        {
            builder.Services.AddMongoStores();
            return;
        }

        if (!store.Contains('='))
        {
            throw new AdapterSelectionException("The connection string 'caasdb' is neither mongodb://…, mongodb+srv://… nor Data Source=….");
        }

        builder.Services.AddSqliteStores(store);
        builder.Services.AddHealthChecks().Add(new("caasdb", services => new SqliteHealthCheck(services.GetRequiredService<SqliteDatabase>()), HealthStatus.Unhealthy, tags: null));
    }

    private static string Require(IConfiguration configuration, string name, string example) =>
        configuration.GetConnectionString(name) is { } value && !string.IsNullOrWhiteSpace(value)
            ? value
            : throw new AdapterSelectionException($"The connection string '{name}' is not configured: set ConnectionStrings__{name}, such as {example}.");
}

/// <summary>The connection strings do not say what to run on. The message is a sentence for the person who starts the host.</summary>
public sealed class AdapterSelectionException(string message) : Exception(message);
