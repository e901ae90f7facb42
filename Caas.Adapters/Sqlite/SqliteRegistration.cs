using Caas.Adapters.Sqlite.Entries;
using Caas.Adapters.Sqlite.Feed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Caas.Adapters.Sqlite;

public static class SqliteRegistration
{
    /// <summary>Every store port, on the SQLite file of <paramref name="connectionString"/> (<c>Data Source=path</c>). A file that cannot be used stops the host at start with a <see cref="DatabaseOpenException"/>.</summary>
    public static IServiceCollection AddSqliteStores(this IServiceCollection services, string connectionString)
    {
        services.AddOptions<SqliteOptions>().BindConfiguration(SqliteOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SqliteOptions>, SqliteOptionsValidator>();
        services.AddSingleton(provider => new SqliteDatabase(connectionString, provider.GetRequiredService<IOptions<SqliteOptions>>().Value));
        services.AddHostedService<SqliteOpening>();
        return services
            .AddSqliteLogStores()
            .AddSqliteIdentityStores()
            .AddSqliteFeedStores();
    }

    /// <summary>Opens the file when the host starts, not with the first request.</summary>
    private sealed class SqliteOpening(SqliteDatabase database) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            _ = database.Path;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
