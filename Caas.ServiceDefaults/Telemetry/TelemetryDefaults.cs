using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Caas.ServiceDefaults;

/// <summary>Metrics always (Prometheus scrapes them); traces, logs and metrics over OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set.</summary>
internal static class TelemetryDefaults
{
    /// <summary>Every meter and activity source of ours begins so.</summary>
    private const string Ours = "Caas.*";

    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<MetricsOptions>, MetricsOptionsValidator>();
        builder.Services.AddOptions<MetricsOptions>().BindConfiguration(MetricsOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IStartupFilter, MetricsEndpoint>();

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(builder.Environment.ApplicationName))
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter(Ours)
                .AddPrometheusExporter());

        // Without a place to send them to, traces would cost every request and serve nobody.
        if (!builder.SendsTraces())
        {
            return;
        }

        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });
        telemetry
            .WithTracing(tracing => tracing
                .AddSource(Ours, "Microsoft.AspNetCore.SignalR.Server", "MongoDB.Driver")
                .AddAspNetCoreInstrumentation(options => options.Filter = context => !IsProbe(context.Request.Path))
                .AddHttpClientInstrumentation())
            .UseOtlpExporter();
    }

    /// <summary>Whether telemetry is sent over OTLP.</summary>
    public static bool SendsTraces(this IHostApplicationBuilder builder) => !string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);

    /// <summary>Whether a path is asked for by machines, every few seconds.</summary>
    public static bool IsProbe(PathString path) => path == "/health" || path == "/alive" || path == "/metrics";
}
