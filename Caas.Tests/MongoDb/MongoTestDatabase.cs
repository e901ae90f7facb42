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
    private readonly MongoClient _client;
    private readonly string _name = $"caas_test_{Guid.NewGuid():N}";
    private readonly bool _isReal;

    private MongoTestDatabase(string connectionString, StandInServer? standIn, TimeProvider clock)
    {
        (_isReal, StandIn, Clock) = (standIn is null, standIn, clock);
        _client = new MongoClient(connectionString);
    }

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
    public MongoContext CreateContext(MongoStoreOptions? options = null) => new(_client.GetDatabase(_name), Options.Create(options ?? new()), TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        if (_isReal)
        {
            await _client.DropDatabaseAsync(_name);
        }

        _client.Dispose();
        if (StandIn is not null)
        {
            await StandIn.DisposeAsync();
        }
    }
}
