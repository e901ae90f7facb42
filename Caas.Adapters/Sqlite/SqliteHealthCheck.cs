using Caas.Core.Entries;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Caas.Adapters.Sqlite;

/// <summary>Whether the file can be read and its writer commits: an empty write goes through the queue like every other.</summary>
internal sealed class SqliteHealthCheck(SqliteDatabase database) : IHealthCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await database.ReadAsync(_ => true, cancellationToken).WaitAsync(Patience, cancellationToken);
            await database.WriteAsync(_ => true, cancellationToken).WaitAsync(Patience, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception failure) when (failure is StoreUnavailableException or SqliteException or TimeoutException or ObjectDisposedException)
        {
            return new(context.Registration.FailureStatus, "The database does not answer: nothing can be read or sent.");
        }
    }
}
