using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Entries;
using Microsoft.Extensions.Options;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb;

/// <summary>
/// The database as all stores of one process use it: writes acknowledged by a majority and its journals, reads from the primary of what a majority has, each call in a
/// causal session that starts at the newest moment this process knows.
/// </summary>
internal sealed class MongoContext
{
    private static readonly TimeSpan SchemaPause = TimeSpan.FromSeconds(1);
    private static readonly ClientSessionOptions Causal = new() { CausalConsistency = true };
    private readonly IMongoDatabase _database;
    private readonly CausalClock _causal = new();
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private Task<bool>? _schema;

    public MongoContext(IMongoDatabase database, IOptions<MongoStoreOptions> options, TimeProvider clock)
    {
        (Options, _clock) = (options.Value, clock);
        _database = database
            .WithWriteConcern(WriteConcern.WMajority.With(journal: true, wTimeout: Options.ServerTimeout))
            .WithReadConcern(ReadConcern.Majority)
            .WithReadPreference(ReadPreference.Primary);
    }

    public MongoStoreOptions Options { get; }

    public IMongoCollection<BsonDocument> Collection(string name) => _database.GetCollection<BsonDocument>(name);

    /// <summary>Creates what is missing of collections and indexes, once. Nothing is read or written before: without its unique indexes a log has no sequencer.</summary>
    /// <exception cref="StoreUnavailableException">It may be tried again.</exception>
    public Task EnsureSchemaAsync(CancellationToken cancellationToken)
    {
        Task<bool> schema;
        lock (_lock)
        {
            schema = _schema is null || _schema.IsFaulted ? _schema = CreateSchemaAsync() : _schema;
        }

        return schema.IsCompletedSuccessfully ? Task.CompletedTask : schema.WaitAsync(cancellationToken);
    }

    /// <summary>Runs one or more commands in a causal session, with the indexes standing, within the time allowed.</summary>
    /// <param name="what">What it does, to be read after "could not".</param>
    /// <exception cref="StoreUnavailableException">Whatever the driver threw; the work catches what it expects itself.</exception>
    public async Task<T> RunAsync<T>(string what, Func<IClientSessionHandle, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        if (EnsureSchemaAsync(cancellationToken) is { IsCompletedSuccessfully: false } schema)
        {
            await WaitForSchemaAsync(schema);
        }

        return await WithinAsync(what, Options.OperationTimeout, work, cancellationToken);
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    public Task RunAsync(string what, Func<IClientSessionHandle, CancellationToken, Task> work, CancellationToken cancellationToken) =>
        RunAsync(what, async (session, within) =>
        {
            await work(session, within);
            return true;
        }, cancellationToken);

    private async Task WaitForSchemaAsync(Task schema)
    {
        try
        {
            await schema.WaitAsync(Options.OperationTimeout, _clock);
        }
        catch (TimeoutException exception)
        {
            throw MongoFaults.AsUnavailable("create its indexes", exception);
        }
    }

    /// <summary>Tries until it may no longer: a replica set that has just been started elects its primary first.</summary>
    private async Task<bool> CreateSchemaAsync()
    {
        var started = _clock.GetTimestamp();
        var timeout = Options.StartTimeout > Options.OperationTimeout ? Options.StartTimeout : Options.OperationTimeout;
        while (true)
        {
            try
            {
                return await WithinAsync("create its indexes", timeout, async (session, within) =>
                {
                    await MongoSchema.CreateAsync(_database, session, within);
                    return true;
                }, CancellationToken.None);
            }
            catch (StoreUnavailableException) when (_clock.GetElapsedTime(started) + SchemaPause < Options.StartTimeout)
            {
                await Task.Delay(SchemaPause, _clock);
            }
        }
    }

    private async Task<T> WithinAsync<T>(string what, TimeSpan timeout, Func<IClientSessionHandle, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, _clock);
        using var within = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            using var session = await _database.Client.StartSessionAsync(Causal, within.Token);
            _causal.Advance(session);
            try
            {
                return await work(session, within.Token);
            }
            finally
            {
                _causal.Absorb(session);
            }
        }
        catch (Exception exception) when (MongoFaults.IsUnavailable(exception) || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw MongoFaults.AsUnavailable(what, exception);
        }
    }
}
