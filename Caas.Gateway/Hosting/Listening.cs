using Caas.Gateway.Problems;
using Caas.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Caas.Gateway.Hosting;

/// <summary>Which ports the gateway listens on, and what Kestrel lets in.</summary>
internal static class Listening
{
    public static void AddListening(this WebApplicationBuilder builder, GatewayOptions options)
    {
        // Addresses rather than endpoints in code, so that ASPNETCORE_URLS is not overridden; the last one is the metrics'.
        var addresses = builder.WebHost.GetSetting(WebHostDefaults.ServerUrlsKey) is { Length: > 0 } given ? given : $"http://*:{options.Port}";
        builder.WebHost.UseUrls($"{addresses};http://*:{options.MetricsPort}");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // Any bytes get as far as where they are refused by name; Kestrel's own refusal has no body.
            kestrel.RequestHeaderEncodingSelector = static _ => System.Text.Encoding.Latin1;
            kestrel.ConfigureEndpointDefaults(static endpoint => endpoint.Use(RefusalOutput.Use));
            kestrel.Limits.MaxRequestBodySize = GatewayOptions.MaxRequestBytes;
        });

        builder.Services.Configure<MetricsOptions>(metrics => metrics.Port = options.MetricsPort is 0 ? null : options.MetricsPort);
        builder.Services.Configure<ForwardedHeadersOptions>(forwarded => forwarded.Trust(options.TrustedProxies));
    }

    /// <summary>Where the metrics' port was left to the system, notes which one it became.</summary>
    public static void LearnMetricsPort(this WebApplication app)
    {
        var metrics = app.Services.GetRequiredService<IOptions<MetricsOptions>>().Value;
        if (metrics.Port is null)
        {
            app.Lifetime.ApplicationStarted.Register(() => metrics.Port = new Uri(app.Urls.Last().Replace("//*", "//localhost", StringComparison.Ordinal)).Port);
        }
    }
}
