using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Caas.ServiceDefaults;

/// <summary>Serves <c>/metrics</c>, before anything else in the pipeline, so that no host can forget to keep it off its public port.</summary>
internal sealed class MetricsEndpoint(IOptions<MetricsOptions> options) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        // The port that the connection came in by: a Host header can be forged. Asked for each time: one that the system chose is known only once the host listens.
        var metrics = options.Value;
        app.UseOpenTelemetryPrometheusScrapingEndpoint(context => context.Request.Path == "/metrics" && (metrics.Port is null || context.Connection.LocalPort == metrics.Port));
        app.Use((context, rest) =>
        {
            if (metrics.Port is null || context.Connection.LocalPort != metrics.Port || TelemetryDefaults.IsProbe(context.Request.Path))
            {
                return rest(context);
            }

            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });

        next(app);
    };
}
