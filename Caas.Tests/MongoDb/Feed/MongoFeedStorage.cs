using System.Collections.Concurrent;
using Caas.Adapters.MongoDb;
using Caas.Core.Feed;
using Caas.Tests.Feed;
using Caas.Tests.MongoDb.StandIn;
using Microsoft.Extensions.DependencyInjection;

namespace Caas.Tests.MongoDb.Feed;

/// <summary>One MongoDB stand-in; each process has a client of its own. A write is a command that writes.</summary>
internal sealed class MongoFeedStorage : FeedStorage
{
    private readonly ShiftedClock _clock = new();
    private readonly MongoTestDatabase _database;
    private readonly ConcurrentDictionary<string, Func<WriteFate>> _fates = [];
    private int _processes;

    public MongoFeedStorage()
    {
        _database = MongoTestDatabase.OnStandIn(_clock);
        _database.StandIn!.Rule = command =>
            command.Name is "insert" or "update" or "findAndModify" or "delete" && _fates.TryGetValue(command.Application, out var fate)
                ? fate() switch
                {
                    // Answers, not cut connections: the driver takes half a second to trust a server again that cut one.
                    WriteFate.Lost => StandInFault.Fail(StandInError.MaxTimeExpired()),
                    WriteFate.AnswerLost => StandInFault.WriteConcernError(),
                    _ => null,
                }
                : null;
    }

    public override void Register(IServiceCollection services, Func<WriteFate>? onWrite)
    {
        var name = $"process-{Interlocked.Increment(ref _processes)}";
        if (onWrite is not null)
        {
            _fates[name] = onWrite;
        }

        services.AddSingleton(_database.CreateContext(application: name)).AddMongoStores();
    }

    public override Task ExpireLeasesAsync()
    {
        _clock.Advance(Lease * 2);
        return Task.CompletedTask;
    }

    public override SourcePosition LosePosition(SourcePosition position)
    {
        _database.StandIn!.Data.TruncateOplog();
        return position;
    }

    public override ValueTask DisposeAsync() => _database.DisposeAsync();
}
