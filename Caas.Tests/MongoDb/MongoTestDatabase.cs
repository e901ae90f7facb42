using Caas.Adapters.MongoDb;
using Caas.Tests.MongoDb.StandIn;
using Microsoft.Extensions.Options;
using MongoDB.Driver;
using Xunit;

namespace Caas.Tests.MongoDb;

/// <summary>A database of one test: on the server that the environment names, or on a stand-in of its own.</summary>
internal sealed class MongoTestDatabase : IAsyncDisposable
{
    public const string Variable = "CAAS_TEST_MONGODB";
    private readonly List<MongoClient> _clients = [];
    private readonly string _connectionString;
    private readonly bool _isReal;

    private MongoTestDatabase(string connectionString, StandInServer? standIn, TimeProvider clock)
    {
        (_connectionString, _isReal, StandIn, Clock) = (connectionString, standIn is null, standIn, clock);
    }

    public string Name { get; } = $"caas_test_{Guid.NewGuid():N}";

    /// <summary>The server, when it is a stand-in.</summary>
    public StandInServer? StandIn { get; }

    /// <summary>The clock of the stand-in.</summary>
    public TimeProvider Clock { get; }

    /// <summary>The server that the environment names; without one the test is skipped.</summary>
    public static MongoTestDatabase OnServer()
    {
        var connectionString = Environment.GetEnvironmentVariable(Variable);
        Assert.SkipWhen(string.IsNullOrWhiteSpace(connectionString), $"{Variable} names no MongoDB replica set (such as mongodb://localhost:27017/?replicaSet=caas-rs); the same tests ran against the stand-in.");
        return new(connectionString!, null, TimeProvider.System);
    }

    public static MongoTestDatabase OnStandIn(TimeProvider? clock = null)
    {
        var standIn = new StandInServer(clock);
        return new(standIn.ConnectionString, standIn, clock ?? TimeProvider.System);
    }

    /// <summary>What one process of the platform has: several contexts are several replicas.</summary>
    /// <param name="application">The name of a client of its own; null: all share one.</param>
    public MongoContext CreateContext(MongoStoreOptions? options = null, string? application = null, bool retryWrites = true) =>
        new(Client(application, retryWrites).GetDatabase(Name), Options.Create(options ?? new()), TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        if (_isReal)
        {
            await Client(null, true).DropDatabaseAsync(Name);
        }

        _clients.ForEach(client => client.Dispose());
        if (StandIn is not null)
        {
            await StandIn.DisposeAsync();
        }
    }

    private MongoClient Client(string? application, bool retryWrites)
    {
        lock (_clients)
        {
            if (_clients.Find(client => client.Settings.ApplicationName == application && client.Settings.RetryWrites == retryWrites) is { } standing)
            {
                return standing;
            }

            var settings = MongoClientSettings.FromConnectionString(_connectionString);
            (settings.ApplicationName, settings.RetryWrites) = (application, retryWrites);
            _clients.Add(new MongoClient(settings));
            return _clients[^1];
        }
    }
}
