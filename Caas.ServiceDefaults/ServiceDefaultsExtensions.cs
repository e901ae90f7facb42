using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Caas.ServiceDefaults;

/// <summary>What every CaaS service has, said once.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>A stop signal is obeyed within 5 s, whatever still runs; <c>DOTNET_shutdownTimeoutSeconds</c> says otherwise.</summary>
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(4.5);

    /// <summary>
    /// Adds readable logs, telemetry, health, resilient and discovering HTTP clients, and the clients of the connection strings
    /// <c>caasdb</c> (when it names a MongoDB), <c>redis</c> and <c>kafka</c>.
    /// Refuses public secrets in production.
    /// </summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.RefusePublicSecrets();
        builder.AddLoggingDefaults();
        builder.AddTelemetry();
        builder.AddHealth();
        builder.AddClients();
        if (builder.Configuration["shutdownTimeoutSeconds"] is null)
        {
            builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopWithin);
        }

        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http =>
        {
            http.AddStandardResilienceHandler();
            http.AddServiceDiscovery();
        });
        return builder;
    }

    /// <summary>Maps <c>/health</c> (every dependency) and <c>/alive</c> (this process). <c>/metrics</c> needs no mapping: see <see cref="MetricsOptions"/>.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapHealth();
        return app;
    }
}
