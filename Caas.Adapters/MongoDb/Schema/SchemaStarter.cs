using Microsoft.Extensions.Hosting;

namespace Caas.Adapters.MongoDb.Schema;

/// <summary>Has the indexes created before the host is ready, so that a database that cannot be reached or used is told at start.</summary>
internal sealed class SchemaStarter(MongoContext context) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => context.EnsureSchemaAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
