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
        // The port that the connection came in by: a Host header can be forged. Read each time: a host that takes a free port knows it late.
        bool IsMetricsPort(HttpContext context) => context.Connection.LocalPort == options.Value.Port;
        app.UseOpenTelemetryPrometheusScrapingEndpoint(context => context.Request.Path == "/metrics" && (options.Value.Port is null || IsMetricsPort(context)));
        app.Use((context, rest) =>
        {
            if (!IsMetricsPort(context) || TelemetryDefaults.IsProbe(context.Request.Path))
            {
                return rest(context);
            }

            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });

        next(app);
    };
}
