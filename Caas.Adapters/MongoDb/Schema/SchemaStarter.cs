using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Caas.Adapters.MongoDb.Schema;

/// <summary>Has the indexes created before the host is ready, so that a database that cannot be reached or used is told at start; and says what the host is waiting for.</summary>
internal sealed partial class SchemaStarter(MongoContext context, TimeProvider clock, ILogger<SchemaStarter> logger) : IHostedService
{
    private static readonly TimeSpan SayEvery = TimeSpan.FromSeconds(5);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var schema = context.EnsureSchemaAsync(cancellationToken);
        while (await Task.WhenAny(schema, Task.Delay(SayEvery, clock, cancellationToken)) != schema && !cancellationToken.IsCancellationRequested)
        {
            LogWaiting(context.Options.StartTimeout);
        }

        await schema;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(5101, LogLevel.Warning, "MongoDB (connection string caasdb) does not answer yet, or has no primary; the start waits for it, for up to {Timeout}.")]
    private partial void LogWaiting(TimeSpan timeout);
}
