using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Caas.ServiceDefaults;

/// <summary>Logs that a person can read and that do not flood; settings under <c>Logging</c> win over all of this.</summary>
internal static class LoggingDefaults
{
    private static readonly Dictionary<string, string?> Levels = new()
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Information",
        // A host that cannot start says so in one sentence (HostRun), not in a stack trace.
        ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "Critical",
        // SignalR logs every refused call of a client as an error; the hub filter logs what are real faults.
        ["Logging:LogLevel:Microsoft.AspNetCore.SignalR.Internal.DefaultHubDispatcher"] = "Critical",
        // It would repeat itself as often as somebody asks; whoever asks has the answer, and what is gone is said once by who misses it.
        ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "None",
        ["Logging:LogLevel:System"] = "Warning",
        ["Logging:LogLevel:Polly"] = "Warning",
        ["Logging:LogLevel:MongoDB"] = "Warning",
        // It writes a line per connection attempt; our own adapter says once that Redis is gone, and once that it is back.
        ["Logging:LogLevel:StackExchange.Redis"] = "None",
        // The same of Kafka's driver: it names every broker that it cannot reach, again and again. /health tells.
        ["Logging:LogLevel:Confluent.Kafka"] = "Critical",
        ["Logging:LogLevel:OpenTelemetry"] = "Warning",
    };

    public static void AddLoggingDefaults(this IHostApplicationBuilder builder)
    {
        // Only what nobody has set. (Another source put first in the list would do, but make the others forget what was set on them in code.)
        builder.Configuration.AddInMemoryCollection(Levels.Where(level => builder.Configuration[level.Key] is null).ToArray());
        builder.Logging.AddSimpleConsole();
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.SimpleConsoleFormatterOptions>(options =>
        {
            options.SingleLine = true;
            options.TimestampFormat = "HH:mm:ss ";
            builder.Configuration.GetSection("Logging:Console:FormatterOptions").Bind(options);
        });
    }
}
